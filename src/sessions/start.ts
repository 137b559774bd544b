// Starts a session: one row, the first refresh token of its family, an access token.
import type { Db } from '../engines/database.js'
import type { TokenDelivery } from '../generated/prisma/enums.js'
import { addSeconds } from '../lib/clock.js'
import { newId } from '../lib/ids.js'
import type { User } from '../users/user.js'
import { firstRefreshToken, hashRefreshToken } from './refresh-token.js'
import type { Device, SessionNeeds } from './session.js'
import { insertSession } from './store.js'
import type { SessionTokens } from './tokens.js'
import { issueTokens } from './tokens.js'

/** Signs a user in on a device. The delivery holds for the session's whole life. */
export const startSession = async (
  needs: SessionNeeds,
  db: Db,
  user: User,
  { delivery, device }: { readonly delivery: TokenDelivery; readonly device: Device },
): Promise<SessionTokens> => {
  const now = needs.clock()
  const token = firstRefreshToken(newId())
  const session = await insertSession(db, {
    id: token.sessionId,
    userId: user.id,
    delivery,
    createdAt: now,
    rotatedAt: now,
    expiresAt: addSeconds(now, needs.sessionSettings.sessionSeconds),
    generation: token.generation,
    secretHash: hashRefreshToken(token),
    attemptHash: null,
    endedAt: null,
    endReason: null,
    ...device,
  })
  return issueTokens(needs, session, user, token)
}
