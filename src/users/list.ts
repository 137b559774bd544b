// Pages through users, the newest first. Only ever forward, by id, so that a page costs the same wherever it lies.
import type { Database } from '../engines/database.js'
import { BadInputError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { foldEmail, parseEmail } from './email-address.js'
import type { UserFilter } from './store.js'
import { countUsers, findUsersAfter } from './store.js'
import type { User } from './user.js'

/** One page of users. */
export interface UserPage {
  readonly users: readonly User[]
  readonly hasNextPage: boolean
}

const mostPerPage = 100

/** The text that names a user's place in the list; opaque to callers. */
export const cursorOf = ({ id }: Pick<User, 'id'>): string => Buffer.from(`user:${id}`).toString('base64url')

const parseCursor = (cursor: string): string => {
  const id = Buffer.from(cursor, 'base64url').toString().slice('user:'.length)
  // Node's decoder takes almost anything; a cursor has one form.
  if (!isId(id) || cursorOf({ id }) !== cursor) {
    throw new BadInputError(
      'after is no cursor of this list: give the endCursor of an earlier page as it was, or leave it out.',
    )
  }
  return id
}

const parseFilter = ({ email, emailStartsWith, ...rest }: UserFilter): UserFilter => {
  // PostgreSQL takes no text with one.
  if (`${emailStartsWith}${rest.role}`.includes('\0')) {
    throw new BadInputError('No address and no role holds a NUL character: leave it out of the filter.')
  }
  return {
    ...rest,
    ...(email != null && { email: parseEmail(email) }),
    ...(emailStartsWith != null && { emailStartsWith: foldEmail(emailStartsWith) }),
  }
}

/**
 * At most `first` users (1 to 100) after a cursor, or from the newest on. Throws BAD_USER_INPUT for a number, a cursor or
 * a filter that is none, EMAIL_INVALID for a filter's address that is none.
 */
export const listUsers = async (
  { db }: { readonly db: Database },
  filter: UserFilter,
  { first, after }: { readonly first: number; readonly after: string | null },
): Promise<UserPage> => {
  if (first < 1 || first > mostPerPage) throw new BadInputError(`first must be from 1 to ${mostPerPage}.`)
  const found = await findUsersAfter(db.prisma, parseFilter(filter), {
    limit: first + 1,
    after: after === null ? null : parseCursor(after),
  })
  return { users: found.slice(0, first), hasNextPage: found.length > first }
}

/** How many users there are of a kind. Throws EMAIL_INVALID or BAD_USER_INPUT. */
export const countUsersOf = async ({ db }: { readonly db: Database }, filter: UserFilter): Promise<number> =>
  countUsers(db.prisma, parseFilter(filter))
