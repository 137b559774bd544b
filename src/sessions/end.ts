// Ends sessions, each ending with its record of revocation. An ended session never refreshes again, and its access
// tokens are refused everywhere; ending one that has ended is no fault.
import { inTransaction } from '../engines/database.js'
import type { SessionEndReason } from '../generated/prisma/enums.js'
import { SignetError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { withRevocation } from '../revocation/revoke.js'
import { holdUser } from '../users/store.js'
import { parseRefreshToken } from './refresh-token.js'
import { generationsBehind } from './rotation.js'
import type { SessionNeeds } from './session.js'
import { findSession, markAllSessionsEnded, markSessionEnded } from './store.js'

type Needs = Pick<SessionNeeds, 'db' | 'clock' | 'feed' | 'revocationSeconds'>

/** Ends a session by its id; gives 1, or 0 when it had ended. */
export const endSession = async (
  needs: Needs,
  sessionId: string,
  reason: SessionEndReason,
): Promise<number> =>
  isId(sessionId)
    ? withRevocation(needs, stamp => markSessionEnded(needs.db.prisma, sessionId, reason, stamp))
    : 0

/** Ends the session of a genuine refresh token, current or old; gives 1, or 0 when there was nothing to end. */
export const endSessionOfToken = async (
  needs: Needs & Pick<SessionNeeds, 'pepper'>,
  text: string,
): Promise<number> => {
  const token = parseRefreshToken(text)
  const row = token && (await findSession(needs.db.prisma, token.sessionId))
  if (!row || generationsBehind(needs.pepper, token, row) === null) return 0
  return endSession(needs, row.id, 'LOGOUT')
}

/** Ends one session of a user; gives 1, or 0 when it had ended. Throws NOT_FOUND for what is not the user's. */
export const endSessionOfUser = async (needs: Needs, userId: string, sessionId: string): Promise<number> => {
  const session = isId(sessionId) ? await findSession(needs.db.prisma, sessionId) : null
  if (session?.userId !== userId) {
    throw new SignetError('NOT_FOUND', 'You have no session with this id; the query `sessions` lists yours.')
  }
  return endSession(needs, sessionId, 'LOGOUT')
}

/** Ends every session of a user, with one record however many they are; gives how many. */
export const endAllSessions = (needs: Needs, userId: string): Promise<number> =>
  withRevocation(needs, stamp =>
    inTransaction(needs.db, async tx => {
      // Held, so that a sign-in of this moment either is ended too or comes after.
      const user = await holdUser(tx, userId)
      return user ? markAllSessionsEnded(tx, user.id, 'LOGOUT', stamp) : 0
    }),
  )
