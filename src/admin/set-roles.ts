// Changes what a user may do. Nobody is signed out by it: access tokens with the old roles turn stale, and a refresh
// brings the new ones.
import { inTransaction } from '../engines/database.js'
import { withRevocation } from '../revocation/revoke.js'
import { recordUser } from '../revocation/store.js'
import type { SessionNeeds } from '../sessions/session.js'
import { adminRole, parseRoles } from '../users/roles.js'
import { updateUser } from '../users/store.js'
import type { User } from '../users/user.js'
import { requireDispensableUser, requireHeldUser } from './account.js'

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every(role => others.includes(role))

/** Gives a user these roles and no others. Throws NOT_FOUND, FORBIDDEN (LAST_ADMIN) or BAD_USER_INPUT. */
export const setUserRoles = (
  needs: SessionNeeds,
  userId: string,
  given: readonly string[],
): Promise<{ user: User }> => {
  const roles = parseRoles(given)
  return withRevocation(needs, stamp =>
    inTransaction(needs.db, async tx => {
      const requireUser = roles.includes(adminRole) ? requireHeldUser : requireDispensableUser
      const before = await requireUser(tx, userId)
      if (isSame(before.roles, roles)) return { user: before }
      const user = await updateUser(tx, userId, { roles })
      await recordUser(tx, userId, 'STALE', stamp)
      return { user }
    }),
  )
}
