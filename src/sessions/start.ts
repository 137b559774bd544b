// Starts a session: one row, the first refresh token of its family, an access token.
import type { Db } from '../engines/database.js'
import type { TokenDelivery } from '../generated/prisma/enums.js'
import { addSeconds } from '../lib/clock.js'
import { accountDisabled, SignetError } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import { holdKnownUser } from '../users/store.js'
import { firstRefreshToken, hashRefreshToken } from './refresh-token.js'
import type { Device, SessionNeeds } from './session.js'
import { insertSession } from './store.js'
import type { SessionTokens } from './tokens.js'
import { issueTokens } from './tokens.js'

/**
 * Signs a user in on a device, within a transaction. The delivery holds for the session's whole life. Throws
 * ACCOUNT_DISABLED, or INVALID_CREDENTIALS for an account that was deleted at this moment.
 */
export const startSession = async (
  needs: SessionNeeds,
  tx: Db,
  userId: string,
  { delivery, device }: { readonly delivery: TokenDelivery; readonly device: Device },
): Promise<SessionTokens> => {
  await needs.readyToSign(tx)
  const known = await holdKnownUser(tx, userId)
  if (!known) {
    throw new SignetError('INVALID_CREDENTIALS', 'This account was deleted at this moment.')
  }
  if (known.user.disabledAt) {
    throw accountDisabled()
  }
  const now = needs.clock()
  const token = firstRefreshToken(newId())
  const session = await insertSession(tx, {
    id: token.sessionId,
    userId,
    delivery,
    createdAt: now,
    rotatedAt: now,
    expiresAt: addSeconds(now, needs.sessionSettings.sessionSeconds),
    generation: token.generation,
    secretHash: hashRefreshToken(token),
    attemptHash: null,
    endedAt: null,
    endReason: null,
    sinceNumber: BigInt(known.knownNumber),
    ...device,
  })
  return issueTokens(needs, session, known, token)
}
