// What Signet throws for a caller's fault. Text for people; no secret, token, password or e-mail address in it.
import type { ErrorCode, ErrorReason } from './error-codes.js'

type Details = Readonly<Record<string, string | number>>

/** A fault that the caller is told about. GraphQL copies `extensions` into the answer. */
export class SignetError extends Error {
  override readonly name = 'SignetError'
  readonly extensions: { readonly code: ErrorCode } & Details

  constructor(code: ErrorCode, message: string, details: Details = {}, options?: ErrorOptions) {
    super(message, options)
    this.extensions = { code, ...details }
  }
}

/** A fault whose code has reasons, with one of them. */
export const errorWithReason = <Code extends ErrorCode>(
  code: Code,
  reason: ErrorReason<Code> & string,
  message: string,
  details: Details = {},
): SignetError => new SignetError(code, message, { reason, ...details })

/** The account may neither sign in nor refresh. */
export const accountDisabled = (): SignetError =>
  new SignetError('ACCOUNT_DISABLED', 'This account is disabled. Ask an administrator.')

/** Malformed input; carries Apollo's own code BAD_USER_INPUT, as a wrong type would. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError'
  readonly extensions = { code: 'BAD_USER_INPUT' }
}

/** For the end of a switch over outcomes: the compiler objects when one is not handled. */
export const assertNever = (value: never): never => {
  throw new TypeError(`Unhandled outcome: ${JSON.stringify(value)}`)
}

/** The store cannot be reached in time. Never a rejection: the caller keeps its session. */
export const unavailable = (
  cause: unknown,
  message = 'The store cannot be reached just now. Your session is kept; try again shortly.',
): SignetError => new SignetError('UNAVAILABLE', message, { retryAfterSeconds: 2 }, { cause })

/** Whether an error is that of `unavailable`. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof SignetError && error.extensions.code === 'UNAVAILABLE'
