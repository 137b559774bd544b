// Looks users up.
import type { Database } from '../engines/database.js'
import { askTogether } from '../lib/ask-together.js'
import { isId } from '../lib/ids.js'
import { findUserByEmail, findUsersById } from './store.js'
import type { User } from './user.js'

/** Gives the user with this id, or null. */
export type FindUser = (id: string) => Promise<User | null>

/** Makes what looks users up by id: those that requests of the same moment ask for, by one statement. */
export const createFindUser = ({ db }: { readonly db: Pick<Database, 'pool'> }): FindUser => {
  const load = askTogether(async (ids: readonly string[]) => {
    const found = new Map((await findUsersById(db.pool, ids)).map(user => [user.id, user]))
    return ids.map(id => found.get(id) ?? null)
  })
  return async id => (isId(id) ? load(id) : null)
}

/** The user with this (normalised) address, or null. */
export const findUserWithEmail = ({ db }: { readonly db: Database }, email: string): Promise<User | null> =>
  findUserByEmail(db.prisma, email)
