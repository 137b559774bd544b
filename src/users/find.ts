// Looks users up.
import type { Database } from '../engines/database.js'
import { isId } from '../lib/ids.js'
import { findUserById } from './store.js'
import type { User } from './user.js'

/** The user with this id, or null. */
export const findUser = async ({ db }: { readonly db: Database }, id: string): Promise<User | null> =>
  isId(id) ? findUserById(db.prisma, id) : null
