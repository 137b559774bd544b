// Forgets records that concern no token that can be alive.
import type { Database } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { deleteExpiredRevocations } from './store.js'

const batch = 1_000

/** Deletes expired records, in short batches; gives how many. */
export const sweepRevocations = async ({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): Promise<number> => {
  const now = clock()
  let total = 0
  for (let deleted = batch; deleted === batch; total += deleted) {
    deleted = await deleteExpiredRevocations(db.prisma, now, batch)
  }
  return total
}
