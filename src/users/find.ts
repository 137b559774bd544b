// Looks users up.
import type { Database } from '../engines/database.js'
import { isId } from '../lib/ids.js'
import { findUserByEmail, findUserById } from './store.js'
import type { User } from './user.js'

/** The user with this id, or null. */
export const findUser = async ({ db }: { readonly db: Database }, id: string): Promise<User | null> =>
  isId(id) ? findUserById(db.pool, id) : null

/** The user with this (normalised) address, or null. */
export const findUserWithEmail = ({ db }: { readonly db: Database }, email: string): Promise<User | null> =>
  findUserByEmail(db.prisma, email)
