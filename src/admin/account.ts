// What every change to somebody's account begins with.
import type { Db } from '../engines/database.js'
import { errorWithReason, SignetError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { adminRole } from '../users/roles.js'
import { holdUser, holdUserAndAdmins } from '../users/store.js'
import type { User } from '../users/user.js'

const unknownUser = () =>
  new SignetError('NOT_FOUND', 'There is no user with this id; the query `users` lists all.')

/** The user of an id, held until the transaction ends. Throws NOT_FOUND. */
export const requireHeldUser = async (tx: Db, userId: string): Promise<User> => {
  const user = isId(userId) ? await holdUser(tx, userId) : null
  if (!user) throw unknownUser()
  return user
}

/**
 * The same for a change after which the user no longer administers: somebody else must be left who can. The
 * administrators are held with the user, so that two of them cannot lock each other out. Throws NOT_FOUND or
 * FORBIDDEN (LAST_ADMIN).
 */
export const requireDispensableUser = async (tx: Db, userId: string): Promise<User> => {
  const held = isId(userId) ? await holdUserAndAdmins(tx, userId) : []
  const user = held.find(({ id }) => id === userId)
  if (!user) throw unknownUser()
  const admins = held.filter(({ roles, disabledAt }) => roles.includes(adminRole) && !disabledAt)
  if (admins.length === 1 && admins[0] === user) {
    throw errorWithReason(
      'FORBIDDEN',
      'LAST_ADMIN',
      'This is the last administrator who can sign in. Give the role `admin` to somebody else first.',
    )
  }
  return user
}
