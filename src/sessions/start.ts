// Starts a session: one row, the first refresh token of its family, an access token.
import type { Sql } from '../engines/database.js'
import type { TokenDelivery } from '../generated/prisma/enums.js'
import { addSeconds } from '../lib/clock.js'
import { accountDisabled } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import { firstRefreshToken, hashRefreshToken } from './refresh-token.js'
import type { Device, SessionNeeds } from './session.js'
import type { Holding } from './start-store.js'
import { insertSession } from './start-store.js'
import type { SessionTokens } from './tokens.js'
import { issueTokens } from './tokens.js'

/**
 * Signs a user in on a device; await `readyToSign` before. The delivery holds for the session's whole life. Throws
 * ACCOUNT_DISABLED, or what the holding says where it is not so any more.
 */
export const startSession = async (
  needs: SessionNeeds,
  sql: Sql,
  holding: Holding,
  { delivery, device }: { readonly delivery: TokenDelivery; readonly device: Device },
): Promise<SessionTokens> => {
  const now = needs.clock()
  const token = firstRefreshToken(newId())
  const fresh = {
    id: token.sessionId,
    delivery,
    createdAt: now,
    rotatedAt: now,
    expiresAt: addSeconds(now, needs.sessionSettings.sessionSeconds),
    generation: token.generation,
    secretHash: hashRefreshToken(token),
    ...device,
  }
  const known = await insertSession(sql, holding, fresh)
  if (!known) throw holding.refusal()
  if (known.user.disabledAt) throw accountDisabled()
  const session = { ...fresh, userId: known.user.id, endedAt: null, endReason: null }
  return issueTokens(needs, session, known, token)
}
