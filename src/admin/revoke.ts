// Revokes what is not one's own: a user's sessions, everybody's, or a single access token.
import { inTransaction } from '../engines/database.js'
import { BadInputError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { withRevocation } from '../revocation/revoke.js'
import { recordEverybody, recordToken } from '../revocation/store.js'
import type { SessionNeeds } from '../sessions/session.js'
import { markAllSessionsEnded } from '../sessions/store.js'
import type { User } from '../users/user.js'
import { requireHeldUser } from './account.js'

/** Ends every session of a user, who may sign in again. Throws NOT_FOUND. */
export const revokeUserSessions = (
  needs: SessionNeeds,
  userId: string,
): Promise<{ user: User; sessionsEnded: number }> =>
  withRevocation(needs, stamp =>
    inTransaction(needs.db, async tx => {
      const user = await requireHeldUser(tx, userId)
      return { user, sessionsEnded: await markAllSessionsEnded(tx, user.id, 'ADMIN', stamp) }
    }),
  )

/** Ends every session there is, the caller's too, by one record; gives the moment. */
export const revokeEverything = (needs: SessionNeeds): Promise<{ revokedAt: Date }> =>
  withRevocation(needs, async stamp => {
    await recordEverybody(needs.db.prisma, stamp)
    return { revokedAt: stamp.at }
  })

/** Makes one access token useless and leaves its session as it is. Throws BAD_USER_INPUT for what is no token's id. */
export const revokeAccessToken = (needs: SessionNeeds, tokenId: string): Promise<{ tokenId: string }> => {
  if (!isId(tokenId)) {
    throw new BadInputError(
      'tokenId must be the id of an access token: its claim `jti`, or `viewer.tokenId`.',
    )
  }
  return withRevocation(needs, async stamp => {
    await recordToken(needs.db.prisma, tokenId, stamp)
    return { tokenId }
  })
}
