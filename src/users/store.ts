// Users as rows.
import type { Db, Sql } from '../engines/database.js'
import { adminRole } from './roles.js'
import type { User } from './user.js'

/** Which users; what is absent or null does not narrow. */
export interface UserFilter {
  readonly email?: string | null
  readonly emailStartsWith?: string | null
  readonly role?: string | null
  readonly disabled?: boolean | null
}

/** Keeps a new user; null when the address is taken. Throws inside a transaction only for faults of the store. */
export const insertUser = async (sql: Sql, user: User): Promise<User | null> => {
  const { rowCount } = await sql.query({
    name: 'insert_user',
    text: `INSERT INTO users (id, email, name, roles, created_at, disabled_at)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    values: [user.id, user.email, user.name, user.roles, user.createdAt, user.disabledAt],
  })
  return rowCount === 1 ? user : null
}

/** What a statement selects of `users AS u` to have a User. */
export const userColumns =
  'u.id, u.email, u.name, u.roles, u.created_at AS "createdAt", u.disabled_at AS "disabledAt"'

// As JSON has it: times as text, with their offset.
type Told = Omit<User, 'createdAt' | 'disabledAt'> & {
  readonly createdAt: string
  readonly disabledAt: string | null
}

const readUser = ({ createdAt, disabledAt, ...rest }: Told): User => ({
  ...rest,
  createdAt: new Date(createdAt),
  disabledAt: disabledAt === null ? null : new Date(disabledAt),
})

/** The users with these ids, in any order. */
export const findUsersById = async (sql: Sql, ids: readonly string[]): Promise<User[]> => {
  const { rows } = await sql.query<{ told: readonly Told[] | null }>({
    name: 'users_by_id',
    // As one value: the driver describes and parses each row and column anew. The ids come out of a SELECT, for PostgreSQL
    // plans anew at every execution what lets it count them.
    text: `SELECT json_agg(json_build_object('id', u.id, 'email', u.email, 'name', u.name, 'roles', u.roles,
        'createdAt', u.created_at, 'disabledAt', u.disabled_at)) AS told
      FROM users AS u WHERE u.id = ANY ((SELECT $1::uuid[])::uuid[])`,
    values: [ids],
  })
  return rows[0]?.told?.map(readUser) ?? []
}

/** A user, held for a change until the transaction ends: nobody signs in to the account meanwhile. */
export const holdUser = async (tx: Db, id: string): Promise<User | null> => {
  const [user] = await tx.$queryRaw<User[]>`
    SELECT id, email, name, roles, created_at AS "createdAt", disabled_at AS "disabledAt"
    FROM users WHERE id = ${id}::uuid FOR NO KEY UPDATE`
  return user ?? null
}

// LIKE's own signs mean themselves here; Prisma leaves them as they are.
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

const where = ({ email, emailStartsWith, role, disabled }: UserFilter) => ({
  email: {
    ...(email != null && { equals: email }),
    ...(emailStartsWith != null && { startsWith: literally(emailStartsWith) }),
  },
  ...(role != null && { roles: { has: role } }),
  ...(disabled != null && { disabledAt: disabled ? { not: null } : null }),
})

/** Users of a kind, the newest first, from behind one on. */
export const findUsersAfter = (
  db: Db,
  filter: UserFilter,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<User[]> =>
  db.user.findMany({
    where: { ...where(filter), ...(after !== null && { id: { lt: after } }) },
    orderBy: { id: 'desc' },
    take: limit,
  })

/** How many users of a kind there are. */
export const countUsers = (db: Db, filter: UserFilter): Promise<number> =>
  db.user.count({ where: where(filter) })

/** A user and all administrators who can sign in, held for a change until the transaction ends. */
export const holdUserAndAdmins = (tx: Db, id: string): Promise<User[]> =>
  // In one order for everybody: two who hold each other's next would wait for ever.
  tx.$queryRaw<User[]>`
    SELECT id, email, name, roles, created_at AS "createdAt", disabled_at AS "disabledAt" FROM users
    WHERE id = ${id}::uuid OR (roles @> ARRAY[${adminRole}] AND disabled_at IS NULL)
    ORDER BY id FOR NO KEY UPDATE`

/** Changes what an administrator may change of a user; gives the user as they are then. */
export const updateUser = (
  db: Db,
  id: string,
  change: { readonly disabledAt: Date | null } | { readonly roles: readonly string[] },
): Promise<User> =>
  db.user.update({ where: { id }, data: 'roles' in change ? { roles: [...change.roles] } : change })

/** Deletes a user and, with the user, password and sessions. */
export const deleteUserById = (db: Db, id: string): Promise<unknown> => db.user.delete({ where: { id } })

/** The user with this (normalised) address. */
export const findUserByEmail = (db: Db, email: string): Promise<User | null> =>
  db.user.findUnique({ where: { email } })

/** Adds a role to those of a user; false when the user has it already. */
export const addRole = async (db: Db, id: string, role: string): Promise<boolean> => {
  const { count } = await db.user.updateMany({
    where: { id, NOT: { roles: { has: role } } },
    data: { roles: { push: role } },
  })
  return count === 1
}
