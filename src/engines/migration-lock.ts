// One process migrates at a time, on any machine: Prisma's own advisory lock, so that its tools wait as well.
import type pg from 'pg'
import { sleep } from '../lib/clock.js'
import type { Log } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'

const prismaLock = 72_707_369
const tryPrismaLock = `SELECT pg_try_advisory_lock(${prismaLock}) AS taken`
const lockRetryMilliseconds = 200

/** Takes the lock for this connection, until that is closed. Throws StartError that names its holder when the time is up. */
export async function takeMigrationLock(client: pg.PoolClient, log: Log, lockSeconds: number): Promise<void> {
  const attempts = Math.ceil((lockSeconds * 1000) / lockRetryMilliseconds)
  for (let attempt = 0; attempt <= attempts; attempt++) {
    // Asked again and again instead of waited for: a waiting statement would hold up CREATE INDEX CONCURRENTLY.
    const { rows } = await client.query<{ taken: boolean }>(tryPrismaLock)
    if (rows[0]?.taken) return
    if (attempt === 0) log.info({ lockSeconds }, 'another process is migrating the database: waiting for it')
    if (attempt < attempts) await sleep(lockRetryMilliseconds)
  }
  const { rows } = await client.query<{ holder: string }>(
    `SELECT concat_ws(', ', 'pid ' || pid, 'user ' || usename, nullif(application_name, ''),
                      'from ' || host(client_addr)) AS holder
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ${prismaLock} AND objsubid = 1
       AND datname = current_database()`,
  )
  const problem = `Another process has held the migration lock for ${lockSeconds} s`
  const holder = rows[0]?.holder ?? 'it let go just now'
  throw new StartError(
    `${problem} (${holder}). Start again when it is done, or end it on the database server.`,
  )
}
