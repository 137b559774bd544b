// A user's sessions.
import { addSeconds } from '../lib/clock.js'
import type { Session, SessionNeeds } from './session.js'
import { findLiveSessions } from './store.js'

/** The sessions of a user that are neither ended nor expired, the newest first. */
export const listSessions = (
  { db, clock, sessionSettings }: Pick<SessionNeeds, 'db' | 'clock' | 'sessionSettings'>,
  userId: string,
): Promise<Session[]> => {
  const now = clock()
  return findLiveSessions(db.prisma, userId, now, addSeconds(now, -sessionSettings.refreshIdleSeconds))
}
