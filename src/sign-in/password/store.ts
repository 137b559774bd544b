// Passwords as rows, apart from the users they belong to.
import type { Db } from '../../engines/database.js'
import type { User } from '../../users/user.js'

/** A user with the hash of their password. */
export interface PasswordRow {
  readonly hash: string
  readonly changedAt: Date
  readonly user: User
}

/** The password of the account with this (normalised) address. */
export const findPasswordByEmail = (db: Db, email: string): Promise<PasswordRow | null> =>
  db.password.findFirst({ where: { user: { email } }, select: { hash: true, changedAt: true, user: true } })

/** The password of this user. */
export const findPasswordByUser = (db: Db, userId: string): Promise<PasswordRow | null> =>
  db.password.findUnique({ where: { userId }, select: { hash: true, changedAt: true, user: true } })

/** Keeps the password of a new user. */
export const insertPassword = (db: Db, userId: string, hash: string, changedAt: Date): Promise<unknown> =>
  db.password.create({ data: { userId, hash, changedAt } })

/** Holds a password as it is until the transaction ends; false when it was changed since. */
export const holdPassword = async (db: Db, userId: string, changedAt: Date): Promise<boolean> => {
  const held = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM passwords WHERE user_id = ${userId}::uuid AND changed_at = ${changedAt} FOR SHARE`
  return held.length === 1
}

/** Sets a new password where the old one was set at that moment; false when it was changed since. */
export const replacePassword = async (
  db: Db,
  userId: string,
  old: { readonly changedAt: Date },
  fresh: { readonly hash: string; readonly changedAt: Date },
): Promise<boolean> => {
  const { count } = await db.password.updateMany({ where: { userId, changedAt: old.changedAt }, data: fresh })
  return count === 1
}

/** Puts another hash of the same password in the place of one made with older parameters. */
export const renewHash = (db: Db, userId: string, old: string, fresh: string): Promise<unknown> =>
  db.password.updateMany({ where: { userId, hash: old }, data: { hash: fresh } })
