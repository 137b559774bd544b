// Changes a password; whoever else is signed in to the account is signed out.
import { inTransaction } from '../../engines/database.js'
import { SignetError } from '../../lib/errors.js'
import { withRevocation } from '../../revocation/revoke.js'
import type { SessionNeeds } from '../../sessions/session.js'
import { markOtherSessionsEnded } from '../../sessions/store.js'
import { holdUser } from '../../users/store.js'
import type { User } from '../../users/user.js'
import type { PasswordNeeds } from './credentials.js'
import { invalidCredentials } from './credentials.js'
import { parseNewPassword } from './policy.js'
import { findPasswordByUser, replacePassword } from './store.js'

const nameWrongPassword = (fault: unknown): never => {
  if (!(fault instanceof SignetError)) throw fault
  throw new SignetError('INVALID_CREDENTIALS', 'The current password is not right.')
}

/** Sets a new password and ends every other session of the user. Throws INVALID_CREDENTIALS or WEAK_PASSWORD. */
export const changePassword = async (
  needs: SessionNeeds & PasswordNeeds,
  viewer: { readonly userId: string; readonly sessionId: string },
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<{ user: User; sessionsEnded: number }> => {
  const found = await findPasswordByUser(needs.db.pool, viewer.userId)
  const { changedAt, user } = await needs.checkPassword(found, input.currentPassword).catch(nameWrongPassword)
  const fresh = await needs.passwords.hash(
    await parseNewPassword(input.newPassword, user.email, needs.passwordMinLength),
  )
  return withRevocation(needs, stamp =>
    inTransaction(needs.db, async tx => {
      // Held first, as whoever ends all sessions of a user does: in another order the two would wait for each other.
      const held = await holdUser(tx, user.id)
      const renewed = { hash: fresh, changedAt: stamp.at }
      if (!held || !(await replacePassword(tx, user.id, { changedAt }, renewed))) throw invalidCredentials()
      return { user, sessionsEnded: await markOtherSessionsEnded(tx, viewer, 'PASSWORD_CHANGED', stamp) }
    }),
  )
}
