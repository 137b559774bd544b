// Makes an administrator of a user. Nobody is signed out by it: access tokens without the role turn stale.
import type { Database } from '../engines/database.js'
import { inTransaction } from '../engines/database.js'
import type { Stamp } from '../revocation/store.js'
import { recordUser } from '../revocation/store.js'
import { adminRole } from '../users/roles.js'
import { addRole } from '../users/store.js'

/** Adds the role `admin` to a user's others; false when they have it already, and nothing changed. */
export const promoteToAdmin = (
  { db }: { readonly db: Database },
  userId: string,
  stamp: Stamp,
): Promise<boolean> =>
  inTransaction(db, async tx => {
    if (!(await addRole(tx, userId, adminRole))) return false
    await recordUser(tx, userId, 'STALE', stamp)
    return true
  })
