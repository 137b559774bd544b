// Which sessions go on.
import { addSeconds } from '../lib/clock.js'
import { isId } from '../lib/ids.js'
import type { Session, SessionNeeds } from './session.js'
import { findLiveSessions, hasLiveSession } from './store.js'

/** The sessions of a user that are neither ended nor expired, the newest first. */
export const listSessions = (
  { db, clock, sessionSettings }: Pick<SessionNeeds, 'db' | 'clock' | 'sessionSettings'>,
  userId: string,
): Promise<Session[]> => {
  const now = clock()
  return findLiveSessions(db.prisma, userId, now, addSeconds(now, -sessionSettings.refreshIdleSeconds))
}

/** Whether the session that an access token names goes on; its user must be the token's, and not disabled. */
export const isSessionLive = async (
  { db, clock }: Pick<SessionNeeds, 'db' | 'clock'>,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<boolean> =>
  isId(userId) && isId(sessionId) && hasLiveSession(db.prisma, sessionId, userId, clock())
