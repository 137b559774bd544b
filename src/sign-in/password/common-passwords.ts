// The passwords that attackers try first. Loaded when the first new password is read: a start has no use for them.
import { dictionary } from '@zxcvbn-ts/language-common'

/** All of them, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].map(password => String(password).toLowerCase()),
)
