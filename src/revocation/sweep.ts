// Forgets records that concern no token that can be alive.
import type { Database } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { inBatches } from '../lib/in-batches.js'
import { deleteExpiredRevocations } from './store.js'

/** Deletes expired records, in short batches; gives how many. */
export const sweepRevocations = async ({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): Promise<number> => {
  const now = clock()
  return inBatches(limit => deleteExpiredRevocations(db.prisma, now, limit))
}
