// Deletes an account with all that belongs to it.
import { inTransaction } from '../engines/database.js'
import { revoking } from '../revocation/revoke.js'
import { recordUser } from '../revocation/store.js'
import type { SessionNeeds } from '../sessions/session.js'
import { markAllSessionsEnded } from '../sessions/store.js'
import { deleteUserById } from '../users/store.js'
import { requireAnotherAdmin, requireHeldUser } from './account.js'

/** Deletes a user, password and sessions; access tokens are refused at once. Throws NOT_FOUND or FORBIDDEN (LAST_ADMIN). */
export const deleteUser = (
  needs: SessionNeeds,
  userId: string,
): Promise<{ userId: string; sessionsEnded: number }> =>
  revoking(needs, stamp =>
    inTransaction(needs.db, async tx => {
      await requireAnotherAdmin(tx, userId)
      const { id } = await requireHeldUser(tx, userId)
      const sessionsEnded = await markAllSessionsEnded(tx, id, 'ADMIN', stamp)
      await deleteUserById(tx, id)
      await recordUser(tx, id, 'DELETED', stamp)
      return { userId: id, sessionsEnded }
    }),
  )
