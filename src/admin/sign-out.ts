// Signs others out: a user, everybody, or a single access token.
import { inTransaction } from '../engines/database.js'
import { BadInputError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { revoking } from '../revocation/revoke.js'
import { recordEverybody, recordToken } from '../revocation/store.js'
import { endAllSessionsIn } from '../sessions/end.js'
import type { SessionNeeds } from '../sessions/session.js'
import type { User } from '../users/user.js'
import { requireHeldUser } from './account.js'

/** Ends every session of a user, who may sign in again. Throws NOT_FOUND. */
export const signUserOut = (
  needs: SessionNeeds,
  userId: string,
): Promise<{ user: User; sessionsEnded: number }> =>
  revoking(needs, stamp =>
    inTransaction(needs.db, async tx => {
      const user = await requireHeldUser(tx, userId)
      return { user, sessionsEnded: await endAllSessionsIn(tx, userId, 'ADMIN', stamp) }
    }),
  )

/** Ends every session there is, the caller's too, by one record; gives the moment. */
export const signEverybodyOut = (needs: SessionNeeds): Promise<{ revokedAt: Date }> =>
  revoking(needs, async stamp => {
    await recordEverybody(needs.db.prisma, stamp)
    return { revokedAt: stamp.at }
  })

/** Makes one access token useless and leaves its session as it is. Throws BAD_USER_INPUT for what is no token's id. */
export const revokeToken = (needs: SessionNeeds, tokenId: string): Promise<{ tokenId: string }> => {
  if (!isId(tokenId)) {
    throw new BadInputError(
      'tokenId must be the id of an access token: its claim `jti`, or `viewer.tokenId`.',
    )
  }
  return revoking(needs, async stamp => {
    await recordToken(needs.db.prisma, tokenId, stamp)
    return { tokenId }
  })
}
