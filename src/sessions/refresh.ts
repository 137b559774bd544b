// Exchanges a refresh token for a new pair. Only a session that really ended is rejected; a store out of reach throws
// as it is and becomes UNAVAILABLE at the door.
import { accountDisabled, assertNever, errorWithReason, SignetError, unavailable } from '../lib/errors.js'
import type { RefreshOutcome } from '../lib/metrics.js'
import { outcomeOfFailure } from '../lib/metrics.js'
import { parseAttemptId } from './attempt-id.js'
import { parseRefreshToken } from './refresh-token.js'
import { redeemRefreshToken } from './rotation.js'
import type { SessionNeeds } from './session.js'
import type { SessionTokens } from './tokens.js'
import { issueTokens } from './tokens.js'

const unknownToken = () =>
  errorWithReason(
    'REFRESH_TOKEN_INVALID',
    'UNKNOWN',
    'This refresh token belongs to no session. Sign in again.',
  )

interface Presented {
  readonly refreshToken: string | null
  readonly attemptId: string | null
}

type Refreshed = readonly [outcome: RefreshOutcome, tokens: SessionTokens]

const exchange = async (needs: SessionNeeds, presented: Presented): Promise<Refreshed> => {
  if (presented.refreshToken === null) {
    throw errorWithReason(
      'REFRESH_TOKEN_INVALID',
      'MISSING',
      'No refresh token came: give input.refreshToken, or send the refresh cookie. Without either, sign in.',
    )
  }
  const attemptId = parseAttemptId(presented.attemptId)
  const token = parseRefreshToken(presented.refreshToken)
  if (!token) throw unknownToken()
  // Before anything changes: a client that is told UNAVAILABLE still holds a token that was never used.
  await needs.readyToSign()
  const outcome = await redeemRefreshToken(needs, token, attemptId)
  switch (outcome.kind) {
    case 'rotated':
    case 'retried':
    case 'raced':
      return [outcome.kind, await issueTokens(needs, outcome.session, outcome, outcome.token)]
    case 'unknown':
      throw unknownToken()
    case 'expired':
      throw errorWithReason('REFRESH_TOKEN_INVALID', 'EXPIRED', 'This session has expired. Sign in again.')
    case 'ended':
      throw errorWithReason('REFRESH_TOKEN_INVALID', 'ENDED', 'This session was signed out. Sign in again.', {
        sessionEndedAt: outcome.endedAt.toISOString(),
        ...(outcome.endReason && { sessionEndReason: outcome.endReason }),
      })
    case 'reused':
      throw new SignetError(
        'REFRESH_TOKEN_REUSED',
        'This refresh token had been exchanged before, so somebody else may hold it. The session was ended; sign in again.',
      )
    case 'disabled':
      throw accountDisabled()
    case 'unsettled':
      throw unavailable(new Error('the session changed while its token was being rotated'))
    default:
      return assertNever(outcome)
  }
}

/**
 * Gives a new access token and the successor of a refresh token, and counts what came of it. Throws
 * REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED, ACCOUNT_DISABLED or BAD_USER_INPUT (an attemptId that is too long).
 */
export const refreshSession = async (needs: SessionNeeds, presented: Presented): Promise<SessionTokens> => {
  try {
    const [outcome, tokens] = await exchange(needs, presented)
    needs.metrics.countRefresh(outcome)
    return tokens
  } catch (error) {
    needs.metrics.countRefresh(outcomeOfFailure(error, { REFRESH_TOKEN_REUSED: 'reused' }))
    throw error
  }
}
