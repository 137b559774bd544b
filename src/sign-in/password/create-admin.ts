// Makes the account of an administrator, by the rules of a sign-up; it is not signed in.
import type { Database } from '../../engines/database.js'
import { inSqlTransaction } from '../../engines/database.js'
import type { Clock } from '../../lib/clock.js'
import { registerUser } from '../../users/register.js'
import { adminRole } from '../../users/roles.js'
import type { User } from '../../users/user.js'
import type { PasswordNeeds } from './credentials.js'
import { parseNewPassword } from './policy.js'
import { insertPassword } from './store.js'

type Needs = { readonly db: Database; readonly clock: Clock } & Omit<PasswordNeeds, 'checkPassword'>

/** Makes an account with the role `admin`. Throws WEAK_PASSWORD or EMAIL_TAKEN. */
export const createAdmin = async (
  needs: Needs,
  { email, name, password }: Pick<User, 'email' | 'name'> & { readonly password: string },
): Promise<User> => {
  const hash = await needs.passwords.hash(await parseNewPassword(password, email, needs.passwordMinLength))
  return inSqlTransaction(needs.db, async sql => {
    const user = await registerUser(needs, sql, { email, name, roles: [adminRole] })
    await insertPassword(sql, user.id, hash, user.createdAt)
    return user
  })
}
