// Deletes an account with all that belongs to it.
import { inTransaction } from '../engines/database.js'
import { withRevocation } from '../revocation/revoke.js'
import { recordUser } from '../revocation/store.js'
import type { SessionNeeds } from '../sessions/session.js'
import { deleteSessionsOfUser } from '../sessions/store.js'
import { deleteUserById } from '../users/store.js'
import { requireDispensableUser } from './account.js'

/** Deletes a user, password and sessions; access tokens are refused at once. Throws NOT_FOUND or FORBIDDEN (LAST_ADMIN). */
export const deleteUser = (
  needs: SessionNeeds,
  userId: string,
): Promise<{ userId: string; sessionsEnded: number }> =>
  withRevocation(needs, stamp =>
    inTransaction(needs.db, async tx => {
      const { id } = await requireDispensableUser(tx, userId)
      const sessionsEnded = await deleteSessionsOfUser(tx, id)
      await deleteUserById(tx, id)
      await recordUser(tx, id, 'DELETED', stamp)
      return { userId: id, sessionsEnded }
    }),
  )
