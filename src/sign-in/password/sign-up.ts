// Makes an account with a password and signs it in.
import { inSqlTransaction } from '../../engines/database.js'
import type { TokenDelivery } from '../../generated/prisma/enums.js'
import type { Device, SessionNeeds } from '../../sessions/session.js'
import { startSession } from '../../sessions/start.js'
import type { SessionTokens } from '../../sessions/tokens.js'
import { parseDisplayName } from '../../users/display-name.js'
import { parseEmail } from '../../users/email-address.js'
import { registerUser } from '../../users/register.js'
import type { PasswordNeeds } from './credentials.js'
import { parseNewPassword } from './policy.js'
import { heldByPassword, insertPassword } from './store.js'

/** Signs a new user up. Throws EMAIL_INVALID, WEAK_PASSWORD, EMAIL_TAKEN or BAD_USER_INPUT (the name). */
export const signUpWithPassword = async (
  needs: SessionNeeds & PasswordNeeds,
  input: {
    readonly email: string
    readonly password: string
    readonly name?: string | null
    readonly delivery: TokenDelivery
  },
  device: Device,
): Promise<SessionTokens> => {
  const email = parseEmail(input.email)
  const name = parseDisplayName(input.name ?? null)
  const hash = await needs.passwords.hash(
    await parseNewPassword(input.password, email, needs.passwordMinLength),
  )
  await needs.readyToSign()
  return inSqlTransaction(needs.db, async sql => {
    const user = await registerUser(needs, sql, { email, name })
    await insertPassword(sql, user.id, hash, user.createdAt)
    return startSession(needs, sql, heldByPassword(user.id, user.createdAt), {
      delivery: input.delivery,
      device,
    })
  })
}
