// Users as rows.
import type { Db } from '../engines/database.js'
import type { User } from './user.js'

/** Keeps a new user; null when the address is taken. Throws inside a transaction only for faults of the store. */
export const insertUser = async (db: Db, user: User): Promise<User | null> => {
  const { count } = await db.user.createMany({
    data: { ...user, roles: [...user.roles] },
    skipDuplicates: true,
  })
  return count === 1 ? user : null
}

/** The user with this id. */
export const findUserById = (db: Db, id: string): Promise<User | null> =>
  db.user.findUnique({ where: { id } })
