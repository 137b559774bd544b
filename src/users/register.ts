// Makes an account.
import type { Sql } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { SignetError } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import { insertUser } from './store.js'
import type { User } from './user.js'

/** Registers a user, without roles unless some are given. Throws EMAIL_TAKEN. */
export const registerUser = async (
  { clock }: { readonly clock: Clock },
  sql: Sql,
  { email, name, roles = [] }: Pick<User, 'email' | 'name'> & Partial<Pick<User, 'roles'>>,
): Promise<User> => {
  const user = await insertUser(sql, {
    id: newId(),
    email,
    name,
    roles,
    createdAt: clock(),
    disabledAt: null,
  })
  if (!user)
    throw new SignetError('EMAIL_TAKEN', 'An account with this e-mail address exists. Log in instead.')
  return user
}
