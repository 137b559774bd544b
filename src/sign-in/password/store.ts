// Passwords as rows, apart from the users they belong to.
import type { Db } from '../../engines/database.js'
import type { User } from '../../users/user.js'

/** A user with the hash of their password. */
export interface PasswordRow {
  readonly hash: string
  readonly user: User
}

/** The password of the account with this (normalised) address. */
export const findPasswordByEmail = (db: Db, email: string): Promise<PasswordRow | null> =>
  db.password.findFirst({ where: { user: { email } }, select: { hash: true, user: true } })

/** The password of this user. */
export const findPasswordByUser = (db: Db, userId: string): Promise<PasswordRow | null> =>
  db.password.findUnique({ where: { userId }, select: { hash: true, user: true } })

/** Keeps the password of a new user. */
export const insertPassword = (db: Db, userId: string, hash: string, changedAt: Date): Promise<unknown> =>
  db.password.create({ data: { userId, hash, changedAt } })

/** Holds a password as it is until the transaction ends; false when it is another by now. */
export const holdPassword = async (db: Db, userId: string, hash: string): Promise<boolean> => {
  const held = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM passwords WHERE user_id = ${userId}::uuid AND hash = ${hash} FOR SHARE`
  return held.length === 1
}

/** Puts a new hash in the place of an old one; false when the old one is another by now. */
export const replacePasswordHash = async (
  db: Db,
  userId: string,
  hashes: { readonly old: string; readonly new: string },
  changedAt?: Date,
): Promise<boolean> => {
  const { count } = await db.password.updateMany({
    where: { userId, hash: hashes.old },
    data: { hash: hashes.new, ...(changedAt && { changedAt }) },
  })
  return count === 1
}
