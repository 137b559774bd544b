// Signs a user in with e-mail address and password.
import type { TokenDelivery } from '../../generated/prisma/enums.js'
import { accountDisabled } from '../../lib/errors.js'
import { outcomeOfFailure } from '../../lib/metrics.js'
import type { Device, SessionNeeds } from '../../sessions/session.js'
import { startSession } from '../../sessions/start.js'
import type { SessionTokens } from '../../sessions/tokens.js'
import { parseEmail } from '../../users/email-address.js'
import type { PasswordNeeds } from './credentials.js'
import { isOutdatedHash } from './hash.js'
import { findPasswordByEmail, heldByPassword, renewHash } from './store.js'

interface LoginInput {
  readonly email: string
  readonly password: string
  readonly delivery: TokenDelivery
}

type Needs = SessionNeeds & PasswordNeeds

const logIn = async (needs: Needs, input: LoginInput, device: Device): Promise<SessionTokens> => {
  const found = await findPasswordByEmail(needs.db.pool, parseEmail(input.email))
  const { hash, changedAt, user } = await needs.checkPassword(found, input.password)
  if (user.disabledAt) throw accountDisabled()
  if (isOutdatedHash(hash))
    await renewHash(needs.db.prisma, user.id, hash, await needs.passwords.hash(input.password))
  await needs.readyToSign()
  const { delivery } = input
  const tokens = await startSession(needs, needs.db.pool, heldByPassword(user.id, changedAt), {
    delivery,
    device,
  })
  needs.signIns.announce(tokens.session)
  return tokens
}

/** Logs a user in, and counts what came of it. Throws EMAIL_INVALID, INVALID_CREDENTIALS or ACCOUNT_DISABLED. */
export const logInWithPassword = async (
  needs: Needs,
  input: LoginInput,
  device: Device,
): Promise<SessionTokens> => {
  try {
    const tokens = await logIn(needs, input, device)
    needs.metrics.countLogin('succeeded')
    return tokens
  } catch (error) {
    needs.metrics.countLogin(outcomeOfFailure(error, { ACCOUNT_DISABLED: 'disabled' }))
    throw error
  }
}
