// Looks users up.
import DataLoader from 'dataloader'
import type { Database } from '../engines/database.js'
import { isId } from '../lib/ids.js'
import { findUserByEmail, findUsersById } from './store.js'
import type { User } from './user.js'

/** Gives the user with this id, or null. */
export type FindUser = (id: string) => Promise<User | null>

/** Makes what looks users up by id. */
export const createFindUser = ({ db }: { readonly db: Pick<Database, 'pool'> }): FindUser => {
  // One statement for all requests that came in during one turn of the event loop. Each of them reads anew.
  const users = new DataLoader<string, User | null>(
    async ids => {
      const found = new Map((await findUsersById(db.pool, ids)).map(user => [user.id, user]))
      return ids.map(id => found.get(id) ?? null)
    },
    { cache: false, maxBatchSize: 100, batchScheduleFn: send => void setImmediate(send) },
  )
  return async id => (isId(id) ? users.load(id) : null)
}

/** The user with this (normalised) address, or null. */
export const findUserWithEmail = ({ db }: { readonly db: Database }, email: string): Promise<User | null> =>
  findUserByEmail(db.prisma, email)
