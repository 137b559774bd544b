// The closed list of what can go wrong for a caller. `docs/errors.md` and the schema's `ErrorCode` come from it.

const sessionEndReasons = 'LOGOUT, PASSWORD_CHANGED, REUSED, ADMIN or DISABLED'

/** What the schema and the docs say of a code. */
export interface ErrorCodeEntry {
  /** What happened, for the schema and the docs. */
  readonly cause: string
  /** What the caller or the operator does about it. */
  readonly cure: string
  /** HTTP status; an error of a resolver stands beside `data` and is always 200 (GraphQL over HTTP). */
  readonly status: 200 | 401 | '200, or 403 where the whole operation was refused'
  /** The values that `extensions.reason` takes with this code, and what each means. */
  readonly reasons?: Readonly<Record<string, string>>
  /** Further members of `extensions`. */
  readonly details?: Readonly<Record<string, string>>
}

/** Every value that `errors[].extensions.code` can take, beside Apollo's own. */
export const errorCodes = {
  UNAUTHENTICATED: {
    cause: 'The operation selects a field that knows a viewer, and no valid access token came with it.',
    cure: 'Refresh once and send the whole operation again; without a session, sign in.',
    status: 401,
    reasons: {
      MISSING: 'The request carried no access token.',
      EXPIRED: 'The access token is past its `exp`.',
      INVALID: 'The Authorization header or the token in it is not one that Signet issued.',
      REVOKED: 'The token was revoked, or its session was signed out. A refresh tells for certain.',
      STALE: 'What the token says is out of date, such as a role; a refresh brings it up to date.',
    },
    details: {
      sessionEndedAt:
        'When the session was signed out, with REVOKED; not there where only the token was revoked.',
      sessionEndReason: `Why, with REVOKED: ${sessionEndReasons}; DELETED where the account was.`,
    },
  },
  FORBIDDEN: {
    cause:
      'The caller is known but may not do this, or the refresh cookie came from an origin that is not allowed.',
    cure: 'For cookies, add the exact origin to SIGNET_ALLOWED_ORIGINS; else ask an administrator.',
    status: '200, or 403 where the whole operation was refused',
    reasons: {
      ORIGIN: 'The Origin header is absent, `null` or not allowed.',
      ROLE: 'The operation selects a field that needs a role which the access token does not name.',
      LAST_ADMIN: 'It would leave nobody with the role `admin` who can sign in.',
      SHARED_SECRET: 'HS256 signs with one shared secret, which is not rotated: set another JWT_SECRET.',
    },
    details: { role: 'The role that is needed, with ROLE.' },
  },
  INVALID_CREDENTIALS: {
    cause:
      'The e-mail address and the password do not belong together. Which of the two is wrong is never told.',
    cure: 'Check both and try again.',
    status: 200,
  },
  EMAIL_TAKEN: {
    cause: 'An account with this e-mail address exists.',
    cure: 'Log in instead, or use another address.',
    status: 200,
  },
  EMAIL_INVALID: {
    cause: 'The value is not an e-mail address of the form name@domain.',
    cure: 'Correct the address.',
    status: 200,
  },
  WEAK_PASSWORD: {
    cause: 'The new password breaks the rule that `extensions.reason` names.',
    cure: 'Choose another: long and not in use elsewhere. No character classes are asked for.',
    status: 200,
    reasons: {
      TOO_SHORT: 'It has fewer characters than SIGNET_PASSWORD_MIN_LENGTH.',
      TOO_LONG: 'It has more than 256 characters.',
      COMMON: 'It is among the passwords that attackers try first.',
      EMAIL: "It is the account's own e-mail address, or the part before the @.",
      NOT_UNICODE: 'It holds half of a surrogate pair, which no text has.',
    },
    details: { minLength: 'The least number of characters, with TOO_SHORT.' },
  },
  REFRESH_TOKEN_INVALID: {
    cause: 'The refresh token cannot be exchanged, and trying again will not help.',
    cure: 'Sign in again.',
    status: 200,
    reasons: {
      MISSING: 'Neither a refresh token nor a refresh cookie came with the request.',
      UNKNOWN: 'It is not a token of a session that exists.',
      EXPIRED: 'Its session was idle for too long, or reached its absolute end.',
      ENDED: 'Its session was signed out.',
    },
    details: {
      sessionEndedAt: 'When the session ended, with ENDED.',
      sessionEndReason: `Why, with ENDED: ${sessionEndReasons}.`,
    },
  },
  REFRESH_TOKEN_REUSED: {
    cause:
      'A refresh token that had been exchanged long before came again: two parties hold this session. It was ended for both.',
    cure: 'Sign in again. If it was not a client that forgot the newest token, look for a leak.',
    status: 200,
  },
  ACCOUNT_DISABLED: {
    cause: 'The account was disabled. Told only to who knows its password or holds its refresh token.',
    cure: 'Ask an administrator.',
    status: 200,
  },
  NOT_FOUND: {
    cause: 'There is nothing with this id among what the caller may see.',
    cure: 'Check the id.',
    status: 200,
  },
  RATE_LIMITED: {
    cause: 'Too many requests of this kind.',
    cure: 'Wait for `extensions.retryAfterSeconds`, then try again. Nothing was changed.',
    status: 200,
    details: { retryAfterSeconds: 'Whole seconds to wait.' },
  },
  UNAVAILABLE: {
    cause: 'Something that Signet needs cannot be reached in time. It says nothing about the session.',
    cure: 'Keep the session; try again after `extensions.retryAfterSeconds`, a refresh with the same token and attemptId.',
    status: 200,
    details: { retryAfterSeconds: 'Whole seconds to wait.' },
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>

/** One of the closed list of error codes. */
export type ErrorCode = keyof typeof errorCodes

/** The values of `extensions.reason` that go with a code; never, where it has none. */
export type ErrorReason<Code extends ErrorCode> = (typeof errorCodes)[Code] extends {
  reasons: infer Reasons
}
  ? keyof Reasons
  : never
