// What can go wrong, as values an app can switch over: one guard for Signet's codes, wherever Apollo Client puts them.
import { isObject, parseJson } from './json.js'

type SessionEndReason = 'LOGOUT' | 'PASSWORD_CHANGED' | 'REUSED' | 'ADMIN' | 'DISABLED' | 'DELETED'

interface SessionEnd {
  /** When the session was signed out, as an ISO date and time. */
  readonly sessionEndedAt?: string
  readonly sessionEndReason?: SessionEndReason
}

interface Retry {
  /** Whole seconds to wait. */
  readonly retryAfterSeconds: number
}

/** What each code comes with; docs/errors.md has their meanings. */
interface DetailsByCode {
  UNAUTHENTICATED: SessionEnd & { readonly reason: 'MISSING' | 'EXPIRED' | 'INVALID' | 'REVOKED' | 'STALE' }
  FORBIDDEN: { readonly reason: 'ORIGIN' | 'ROLE' | 'LAST_ADMIN' | 'SHARED_SECRET'; readonly role?: string }
  INVALID_CREDENTIALS: unknown
  EMAIL_TAKEN: unknown
  EMAIL_INVALID: unknown
  WEAK_PASSWORD: {
    readonly reason: 'TOO_SHORT' | 'TOO_LONG' | 'COMMON' | 'EMAIL' | 'NOT_UNICODE'
    readonly minLength?: number
  }
  REFRESH_TOKEN_INVALID: SessionEnd & { readonly reason: 'MISSING' | 'UNKNOWN' | 'EXPIRED' | 'ENDED' }
  REFRESH_TOKEN_REUSED: unknown
  ACCOUNT_DISABLED: unknown
  NOT_FOUND: unknown
  RATE_LIMITED: Retry
  UNAVAILABLE: Retry
  /** The kit's own: no answer came in time, or none that Signet gives. It says nothing about the session. */
  UNREACHABLE: unknown
  /** The kit's own: another user signed in, or this one out, while the operation was under way. */
  SESSION_CHANGED: unknown
  /** The kit's own: the storage that the app gave failed, or did not answer; the error's `cause` says how. */
  STORAGE_FAILED: unknown
  /** The kit's own: a code that is none of these, such as BAD_USER_INPUT; `serverCode` is what the server said. */
  UNEXPECTED: { readonly serverCode?: string | undefined }
}

/** Every code that `isSignetError` knows: the server's, and four of the kit's own. */
export type SignetErrorCode = keyof DetailsByCode

/** A code and what comes with it; narrows by `code`. */
export type SignetErrorDetails<Code extends SignetErrorCode = SignetErrorCode> = {
  [C in Code]: { readonly code: C } & DetailsByCode[C]
}[Code]

/** An error whose Signet code is known. */
export type WithSignetDetails<Code extends SignetErrorCode = SignetErrorCode> = Error & {
  readonly signet: SignetErrorDetails<Code>
}

/** What `login`, `signup`, `logout` and the link reject with. */
export class SignetError extends Error {
  override readonly name = 'SignetError'
  readonly signet: SignetErrorDetails

  constructor(message: string, signet: SignetErrorDetails, options?: ErrorOptions) {
    super(message, options)
    this.signet = signet
  }
}

/** That no answer came. */
export const unreachable = (
  message = 'Signet could not be reached. The session is kept; try again shortly.',
): SignetError => new SignetError(message, { code: 'UNREACHABLE' })

const serverCode =
  /^(UNAUTHENTICATED|FORBIDDEN|INVALID_CREDENTIALS|EMAIL_TAKEN|EMAIL_INVALID|WEAK_PASSWORD|REFRESH_TOKEN_INVALID|REFRESH_TOKEN_REUSED|ACCOUNT_DISABLED|NOT_FOUND|RATE_LIMITED|UNAVAILABLE)$/

const isServerDetails = (extensions: unknown): extensions is SignetErrorDetails =>
  isObject(extensions) && serverCode.test(String(extensions.code))

/** The details of every Signet error in the `errors` of a GraphQL answer. */
export const detailsIn = (answer: unknown): readonly SignetErrorDetails[] =>
  isObject(answer) && Array.isArray(answer.errors)
    ? answer.errors
        .map(error => (isObject(error) ? error.extensions : null))
        .filter(extensions => isServerDetails(extensions))
    : []

const detailsOf = (error: object): readonly SignetErrorDetails[] => {
  if (error instanceof SignetError) return [error.signet]
  // Apollo Client's ServerError keeps the answer as text; its CombinedGraphQLErrors has `errors`.
  return detailsIn(
    'bodyText' in error && typeof error.bodyText === 'string' ? parseJson(error.bodyText) : error,
  )
}

/**
 * Whether an error says this code (or any, without one): the kit's own errors, Apollo Client's CombinedGraphQLErrors,
 * and its ServerError for an answer without data. Then `error.signet` holds the code and its details.
 */
export const isSignetError = <Code extends SignetErrorCode = SignetErrorCode>(
  error: unknown,
  code?: Code,
): error is WithSignetDetails<Code> => {
  if (!(error instanceof Error)) return false
  const details = detailsOf(error).find(one => code === undefined || one.code === code)
  if (details && !(error instanceof SignetError)) {
    // Hung on the error, so that it can be narrowed like the kit's own. Not enumerable: no log prints it by itself.
    Object.defineProperty(error, 'signet', { value: details, configurable: true })
  }
  return details !== undefined
}
