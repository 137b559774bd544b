import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors'
import { expect, test } from '@jest/globals'
import type { SignetErrorCode, SignetErrorDetails } from '../../src/client/index.js'
import { isSignetError, SignetError } from '../../src/client/index.js'
import type { ErrorCode, ErrorReason } from '../../src/lib/error-codes.js'
import { errorCodes } from '../../src/lib/error-codes.js'

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false
type ReasonIn<Details> = Details extends { readonly reason: infer Reason } ? Reason : never

/** For the compiler: each code of the server has the reasons that the kit says. */
const sameReasons: { [Code in ErrorCode]: Same<ReasonIn<SignetErrorDetails<Code>>, ErrorReason<Code>> } = {
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  INVALID_CREDENTIALS: true,
  EMAIL_TAKEN: true,
  EMAIL_INVALID: true,
  WEAK_PASSWORD: true,
  REFRESH_TOKEN_INVALID: true,
  REFRESH_TOKEN_REUSED: true,
  ACCOUNT_DISABLED: true,
  NOT_FOUND: true,
  RATE_LIMITED: true,
  UNAVAILABLE: true,
}
const noOthers: Same<
  Exclude<SignetErrorCode, ErrorCode>,
  'UNREACHABLE' | 'SESSION_CHANGED' | 'STORAGE_FAILED' | 'UNEXPECTED'
> = true

const combined = (...extensions: object[]): CombinedGraphQLErrors =>
  new CombinedGraphQLErrors({ errors: extensions.map(one => ({ message: 'no', extensions: { ...one } })) })

const refused = (body: unknown, status = 401): ServerError =>
  new ServerError('no', { response: new Response(null, { status }), bodyText: JSON.stringify(body) })

test('the kit knows every code of the server with its reasons, and four of its own', () => {
  expect(Object.keys(sameReasons).sort()).toEqual(Object.keys(errorCodes).sort())
  expect(noOthers).toBe(true)
  for (const code of Object.keys(errorCodes)) expect(isSignetError(combined({ code }))).toBe(true)
})

test('a code is found in what Apollo Client throws, wherever it lies', () => {
  const error: unknown = combined({ code: 'FORBIDDEN', reason: 'ROLE', role: 'admin' })
  if (!isSignetError(error, 'FORBIDDEN')) throw new Error('it is one')
  expect(error.signet.role).toBe('admin')
  expect(isSignetError(error, 'NOT_FOUND')).toBe(false)
  expect(JSON.stringify(error)).not.toContain('signet')

  const answer = { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED', reason: 'MISSING' } }] }
  const status: unknown = refused(answer)
  if (!isSignetError(status, 'UNAUTHENTICATED')) throw new Error('it is one')
  expect(status.signet.reason).toBe('MISSING')

  const several: unknown = combined({ code: 'OTHER' }, { code: 'NOT_FOUND' }, { code: 'EMAIL_TAKEN' })
  expect(isSignetError(several, 'EMAIL_TAKEN')).toBe(true)
  expect(isSignetError(several, 'NOT_FOUND')).toBe(true)
  const own: unknown = new SignetError('wait', { code: 'RATE_LIMITED', retryAfterSeconds: 7 })
  if (!isSignetError(own, 'RATE_LIMITED')) throw new Error('it is one')
  expect(own.signet.retryAfterSeconds).toBe(7)
})

test('what is none of Signet’s is none', () => {
  for (const error of [
    null,
    undefined,
    'FORBIDDEN',
    { extensions: { code: 'FORBIDDEN' } },
    new Error('FORBIDDEN'),
    combined({ code: 'BAD_USER_INPUT' }),
    combined(),
    refused('<h1>no</h1>'),
    refused({ errors: [null, { message: 'no' }, { extensions: { code: 7 } }] }),
  ]) {
    expect(isSignetError(error)).toBe(false)
  }
})
