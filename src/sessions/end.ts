// Ends sessions. An ended session never refreshes again; ending one that has ended is no fault.
import type { Db } from '../engines/database.js'
import { SignetError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { parseRefreshToken } from './refresh-token.js'
import { generationsBehind } from './rotation.js'
import type { SessionNeeds } from './session.js'
import { findSession, markSessionsEnded } from './store.js'

type Needs = Pick<SessionNeeds, 'db' | 'clock' | 'pepper'>

/** Ends the session of a genuine refresh token, current or old; gives 1, or 0 when there was nothing to end. */
export const endSessionOfToken = async (needs: Needs, text: string): Promise<number> => {
  const token = parseRefreshToken(text)
  const row = token && (await findSession(needs.db.prisma, token.sessionId))
  if (!row || generationsBehind(needs.pepper, token, row) === null) return 0
  return markSessionsEnded(needs.db.prisma, { id: row.id }, needs.clock(), 'LOGOUT')
}

/** Ends a session by its id, as its user or its access token asks; gives 1, or 0 when it had ended. */
export const endSession = async ({ db, clock }: Needs, sessionId: string): Promise<number> =>
  isId(sessionId) ? markSessionsEnded(db.prisma, { id: sessionId }, clock(), 'LOGOUT') : 0

/** Ends one session of a user; gives 1, or 0 when it had ended. Throws NOT_FOUND for what is not the user's. */
export const endSessionOfUser = async (needs: Needs, userId: string, sessionId: string): Promise<number> => {
  const session = isId(sessionId) ? await findSession(needs.db.prisma, sessionId) : null
  if (session?.userId !== userId) {
    throw new SignetError('NOT_FOUND', 'You have no session with this id; the query `sessions` lists yours.')
  }
  return endSession(needs, sessionId)
}

/** Ends every session of a user; gives how many. */
export const endAllSessions = ({ db, clock }: Needs, userId: string): Promise<number> =>
  markSessionsEnded(db.prisma, { userId }, clock(), 'LOGOUT')

/** Ends a user's sessions but the one that changed the password; gives how many. */
export const endOtherSessions = (
  { clock }: Pick<Needs, 'clock'>,
  db: Db,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<number> => markSessionsEnded(db, { userId, id: { not: sessionId } }, clock(), 'PASSWORD_CHANGED')
