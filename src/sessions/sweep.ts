// Forgets sessions some time after they expired; until then their tokens are told why they are refused.

import type { Database } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { addSeconds } from '../lib/clock.js'
import { inBatches } from '../lib/in-batches.js'
import { deleteSessionsExpiredBefore } from './store.js'

const keptSeconds = 7 * 86_400

/** Deletes sessions that expired a week ago, in short batches that block no refresh; gives how many. */
export const sweepSessions = async ({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): Promise<number> => {
  const before = addSeconds(clock(), -keptSeconds)
  return inBatches(limit => deleteSessionsExpiredBefore(db.prisma, before, limit))
}
