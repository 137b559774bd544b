// What every change to somebody's account begins with.
import type { Db } from '../engines/database.js'
import { errorWithReason, SignetError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { holdAdmins, holdUser } from '../users/store.js'
import type { User } from '../users/user.js'

/** The user of an id, held until the transaction ends. Throws NOT_FOUND. */
export const requireHeldUser = async (tx: Db, userId: string): Promise<User> => {
  const user = isId(userId) ? await holdUser(tx, userId) : null
  if (!user) throw new SignetError('NOT_FOUND', 'There is no user with this id; the query `users` lists all.')
  return user
}

/**
 * Sees to it that somebody else can still administer when this user no longer does. Called before the user is held:
 * all who could lock each other out hold the administrators in the same order. Throws FORBIDDEN (LAST_ADMIN).
 */
export const requireAnotherAdmin = async (tx: Db, userId: string): Promise<void> => {
  const admins = await holdAdmins(tx)
  if (admins.length === 1 && admins[0] === userId) {
    throw errorWithReason(
      'FORBIDDEN',
      'LAST_ADMIN',
      'This is the last administrator who can sign in. Give the role `admin` to somebody else first.',
    )
  }
}
