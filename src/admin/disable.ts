// Bans a user, and lets them in again.
import { inTransaction } from '../engines/database.js'
import { withRevocation } from '../revocation/revoke.js'
import type { SessionNeeds } from '../sessions/session.js'
import { markAllSessionsEnded } from '../sessions/store.js'
import { updateUser } from '../users/store.js'
import type { User } from '../users/user.js'
import { requireDispensableUser, requireHeldUser } from './account.js'

/** Disables an account and ends its sessions, everywhere and at once. Throws NOT_FOUND or FORBIDDEN (LAST_ADMIN). */
export const disableUser = (
  needs: SessionNeeds,
  userId: string,
): Promise<{ user: User; sessionsEnded: number }> =>
  withRevocation(needs, stamp =>
    inTransaction(needs.db, async tx => {
      const { id, disabledAt } = await requireDispensableUser(tx, userId)
      const user = await updateUser(tx, id, { disabledAt: disabledAt ?? stamp.at })
      return { user, sessionsEnded: await markAllSessionsEnded(tx, id, 'DISABLED', stamp) }
    }),
  )

/** Enables an account again; its sessions stay ended. Throws NOT_FOUND. */
export const enableUser = (needs: Pick<SessionNeeds, 'db'>, userId: string): Promise<{ user: User }> =>
  inTransaction(needs.db, async tx => {
    await requireHeldUser(tx, userId)
    return { user: await updateUser(tx, userId, { disabledAt: null }) }
  })
