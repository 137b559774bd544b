// Which sessions go on.
import { addSeconds } from '../lib/clock.js'
import { findFeedHead } from '../revocation/store.js'
import type { Session, SessionNeeds } from './session.js'
import { findLiveSessions } from './store.js'

/** The sessions of a user that neither ended nor expired, the newest first. */
export const listSessions = async (
  { db, clock, sessionSettings }: Pick<SessionNeeds, 'db' | 'clock' | 'sessionSettings'>,
  userId: string,
): Promise<Session[]> => {
  const now = clock()
  const idleSince = addSeconds(now, -sessionSettings.refreshIdleSeconds)
  const { everybodyNumber } = await findFeedHead(db.prisma)
  return findLiveSessions(db.prisma, { userId, now, idleSince, everybodyNumber })
}
