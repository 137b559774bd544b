// The database for a command that has a moment's work in it: the operator's own, or the embedded one, be it that
// Signet runs it now or that it has to be started for the purpose.
import type { PoolConfig } from 'pg'
import type { Config } from '../config.js'
import { claimDataDir, DataDirInUse } from '../engines/data-dir.js'
import type { Database } from '../engines/database.js'
import { openDatabase } from '../engines/database.js'
import { startEmbeddedPostgres } from '../engines/embedded-postgres.js'
import { areMigrationsApplied, migrate } from '../engines/migrate.js'
import { findRunningPostgres } from '../engines/running-postgres.js'
import type { Log } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'

interface Needs {
  readonly log: Log
  /** Aborted when the command is to leave. */
  readonly signal: AbortSignal
  /** Whether a database that lacks migrations is migrated, as at a start, or refused. */
  readonly whenBehind: 'migrate' | 'refuse'
}

interface Engine {
  readonly connection: PoolConfig
  close(): Promise<void>
}

/** A claim that is refused took about half a second: so a Signet that is starting has ten to get there. */
const maxTries = 20

const startOwn = async ({ log }: Needs, dataDir: string): Promise<Engine> => {
  const claim = await claimDataDir(dataDir)
  try {
    const { connection, stop } = await startEmbeddedPostgres({ log }, dataDir)
    return { connection, close: () => stop().finally(() => claim.release()) }
  } catch (fault) {
    await claim.release()
    throw fault
  }
}

const reachEmbedded = async (needs: Needs, dataDir: string): Promise<Engine> => {
  for (let tries = 1; ; tries++) {
    const own = await startOwn(needs, dataDir).catch((fault: unknown) => {
      if (fault instanceof DataDirInUse) return fault
      throw fault
    })
    if (!(own instanceof DataDirInUse)) return own
    const running = await findRunningPostgres(dataDir)
    if (running) return running
    needs.signal.throwIfAborted()
    if (tries === maxTries) {
      throw new StartError(
        `DATA_DIR ${dataDir} is in use by ${own.holder}, and no embedded database answers there: try again once ` +
          'that is up, or set the DATABASE_URL that it has.',
      )
    }
  }
}

const requireMigrated = async ({ pool }: Database): Promise<void> => {
  const isMigrated = await areMigrationsApplied({ pool }).catch((cause: unknown) => {
    throw new StartError('The database cannot be reached: check DATABASE_URL, and that PostgreSQL runs.', {
      cause,
    })
  })
  if (!isMigrated) {
    throw new StartError('Signet was never started on this database, or not in this version: start it once.')
  }
}

/**
 * Does some work in the database of this configuration and closes all that it opened.
 * Throws StartError where there is no way to it, and what the work throws.
 */
export const withDatabase = async <T>(
  needs: Needs,
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  work: (db: Database) => Promise<T>,
): Promise<T> => {
  const engine: Engine =
    databaseUrl === null
      ? await reachEmbedded(needs, dataDir)
      : { connection: { connectionString: databaseUrl }, close: async () => {} }
  try {
    const db = openDatabase(needs, engine.connection)
    try {
      if (needs.whenBehind === 'refuse') await requireMigrated(db)
      else await migrate({ pool: db.pool, log: needs.log })
      needs.signal.throwIfAborted()
      return await work(db)
    } finally {
      await db.close()
    }
  } finally {
    await engine.close()
  }
}
