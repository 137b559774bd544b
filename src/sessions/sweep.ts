// Forgets sessions some time after they expired; until then their tokens are told why they are refused.

import type { Database } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { addSeconds } from '../lib/clock.js'
import { deleteSessionsExpiredBefore } from './store.js'

const keptSeconds = 7 * 86_400
const batch = 1_000

/** Deletes sessions that expired a week ago, in short batches that block no refresh; gives how many. */
export const sweepSessions = async ({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): Promise<number> => {
  const before = addSeconds(clock(), -keptSeconds)
  let total = 0
  for (let deleted = batch; deleted === batch; total += deleted) {
    deleted = await deleteSessionsExpiredBefore(db.prisma, before, batch)
  }
  return total
}
