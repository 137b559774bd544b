// Statements that wait for somebody else's lock.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'

/** Resolves once so many statements of a database wait for a lock. */
export const untilBlocked = async (database: Pick<Pool, 'query'>, count = 1): Promise<void> => {
  const text =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
  while ((await database.query(text)).rows.length < count) await sleep(10)
}
