// What administrators do to signing keys: what comes of it, as values that can be told or as errors of the closed list.
import type { KeyNeeds } from '../keys/change.js'
import type { KeyState } from '../keys/lifecycle.js'
import { revokeKey } from '../keys/revoke.js'
import { rotateKeys } from '../keys/rotate.js'
import { assertNever, errorWithReason, SignetError } from '../lib/errors.js'

const secondsUntil = (moment: Date, now: Date): number =>
  Math.max(1, Math.ceil((moment.getTime() - now.getTime()) / 1000))

/**
 * Lets the next key sign from now on. Throws RATE_LIMITED while that has not been shown for long enough, FORBIDDEN
 * (SHARED_SECRET) with HS256, UNAVAILABLE.
 */
export const rotateSigningKey = async (needs: KeyNeeds): Promise<{ kid: string; retiredKid: string }> => {
  const outcome = await rotateKeys(needs)
  switch (outcome.kind) {
    case 'rotated':
      return { kid: outcome.kid, retiredKid: outcome.retiredKid }
    case 'waiting':
      throw new SignetError(
        'RATE_LIMITED',
        `Nothing was changed: the next key, ${outcome.kid}, may sign from ${outcome.readyAt.toISOString()} on, when every service has seen it. If the current key has leaked, revokeSigningKey waits for nothing.`,
        { retryAfterSeconds: secondsUntil(outcome.readyAt, needs.clock()) },
      )
    case 'none':
      throw new SignetError(
        'UNAVAILABLE',
        'Nothing was changed: the next key is still being made. Try again shortly.',
        { retryAfterSeconds: 5 },
      )
    case 'shared-secret':
      throw errorWithReason(
        'FORBIDDEN',
        'SHARED_SECRET',
        'There is nothing to rotate: HS256 signs with one shared secret. To replace it, set another JWT_SECRET for Signet and for every service that verifies with it, at the same time.',
      )
    default:
      return assertNever(outcome)
  }
}

/** Forgets a key, whatever it is at: all its tokens are worthless, and nobody is signed out. Throws NOT_FOUND, UNAVAILABLE. */
export const revokeSigningKey = async (
  needs: KeyNeeds,
  kid: string,
): Promise<{ kid: string; state: KeyState; signsNow: string | null }> => {
  const outcome = await revokeKey(needs, kid)
  switch (outcome.kind) {
    case 'revoked':
      return { kid, state: outcome.state, signsNow: outcome.signsNow }
    case 'unknown':
      throw new SignetError(
        'NOT_FOUND',
        'There is no key pair of this kid, so nothing was changed. `signingKeys` has them all; the secret of HS256 is not one of them.',
      )
    default:
      return assertNever(outcome)
  }
}
