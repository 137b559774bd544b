// Passwords as rows, apart from the users they belong to.
import type { Db } from '../../engines/database.js'
import type { User } from '../../users/user.js'

/** A user with the hash of their password. */
export interface PasswordRow {
  readonly hash: string
  readonly changedAt: Date
  readonly user: User
}

// Asked of the user, who may be deleted between the two queries that this is: a password without its user is a fault to
// Prisma, a user without a password is none.
const findPassword = async (
  db: Db,
  where: { readonly email: string } | { readonly id: string },
): Promise<PasswordRow | null> => {
  const found = await db.user.findUnique({ where, include: { password: true } })
  if (!found?.password) return null
  const { password, ...user } = found
  return { hash: password.hash, changedAt: password.changedAt, user }
}

/** The password of the account with this (normalised) address. */
export const findPasswordByEmail = (db: Db, email: string): Promise<PasswordRow | null> =>
  findPassword(db, { email })

/** The password of this user. */
export const findPasswordByUser = (db: Db, id: string): Promise<PasswordRow | null> =>
  findPassword(db, { id })

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
