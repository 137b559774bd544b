// Checks an e-mail address and a password in the same time, with the same answer, whether the address is known or not.
import { SignetError } from '../../lib/errors.js'
import { randomSecret } from '../../lib/secrets.js'
import type { User } from '../../users/user.js'
import type { PasswordHashing } from './hash.js'

/** A user with the hash of their password. */
export interface PasswordRow {
  readonly hash: string
  readonly changedAt: Date
  readonly user: User
}

/** The one answer to an unknown address, a wrong password and a password changed meanwhile. */
export const invalidCredentials = (): SignetError =>
  new SignetError('INVALID_CREDENTIALS', 'The e-mail address and the password are not those of an account.')

/** Checks a password against the row found, or against nobody's. Throws INVALID_CREDENTIALS. */
export type CheckPassword = (row: PasswordRow | null, password: string) => Promise<PasswordRow>

/** Makes the hash that stands in for unknown accounts, once, and the check that uses it. */
export const createPasswordCheck = async (passwords: PasswordHashing): Promise<CheckPassword> => {
  const nobodysHash = await passwords.hash(randomSecret(32).toString('base64url'))
  return async (row, password) => {
    const matches = await passwords.matches(row?.hash ?? nobodysHash, password)
    if (!row || !matches) throw invalidCredentials()
    return row
  }
}

/** What functions over passwords take beside the sessions' needs. */
export interface PasswordNeeds {
  readonly passwords: PasswordHashing
  readonly checkPassword: CheckPassword
  readonly passwordMinLength: number
}
