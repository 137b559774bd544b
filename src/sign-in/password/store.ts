// Passwords as rows, apart from the users they belong to.
import type { Db, Sql } from '../../engines/database.js'
import type { Holding } from '../../sessions/start-store.js'
import { userColumns } from '../../users/store.js'
import type { User } from '../../users/user.js'
import type { PasswordRow } from './credentials.js'
import { invalidCredentials } from './credentials.js'

const findPassword = async (sql: Sql, by: 'id' | 'email', value: string): Promise<PasswordRow | null> => {
  const { rows } = await sql.query<User & Omit<PasswordRow, 'user'>>({
    name: `password_by_${by}`,
    text: `SELECT p.hash, p.changed_at AS "changedAt", ${userColumns}
      FROM users AS u JOIN passwords AS p ON p.user_id = u.id WHERE u.${by} = $1`,
    values: [value],
  })
  const row = rows[0]
  if (!row) return null
  const { hash, changedAt, ...user } = row
  return { hash, changedAt, user }
}

/** The password of the account with this (normalised) address. */
export const findPasswordByEmail = (sql: Sql, email: string): Promise<PasswordRow | null> =>
  findPassword(sql, 'email', email)

/** The password of this user. */
export const findPasswordByUser = (sql: Sql, id: string): Promise<PasswordRow | null> =>
  findPassword(sql, 'id', id)

/** Keeps the password of a new user. */
export const insertPassword = (sql: Sql, userId: string, hash: string, changedAt: Date): Promise<unknown> =>
  sql.query({
    name: 'insert_password',
    text: 'INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3)',
    values: [userId, hash, changedAt],
  })

/**
 * A user whose password was not changed since. One changed at this moment ends the new session with the others, or refuses
 * it. The user is held first, as whoever changes or deletes one does: in another order the two would wait for each other.
 */
export const heldByPassword = (userId: string, changedAt: Date): Holding => ({
  name: 'by_password',
  text: 'users AS u JOIN passwords AS p ON p.user_id = u.id WHERE u.id = $10 AND p.changed_at = $11 FOR SHARE OF u, p',
  values: [userId, changedAt],
  refusal: invalidCredentials,
})

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
