// The database for a command of a moment: the operator's own, or the embedded one, which must not be running.
import type { PoolConfig } from 'pg'
import type { Config } from '../config.js'
import { claimDataDir } from '../engines/data-dir.js'
import type { Database } from '../engines/database.js'
import { openDatabase } from '../engines/database.js'
import { startEmbeddedPostgres } from '../engines/embedded-postgres.js'
import { areMigrationsApplied } from '../engines/migrate.js'
import type { Log } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'

const openEngine = async (
  { log }: { readonly log: Log },
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
): Promise<{ connection: PoolConfig; close: () => Promise<void> }> => {
  if (databaseUrl !== null) return { connection: { connectionString: databaseUrl }, close: async () => {} }
  const claim = await claimDataDir(dataDir)
  try {
    const { connection, stop } = await startEmbeddedPostgres({ log }, dataDir)
    return { connection, close: () => stop().finally(() => claim.release()) }
  } catch (fault) {
    await claim.release()
    throw fault
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

/** Does some work in the database of this configuration and closes all that it opened. Throws StartError. */
export const withKeysDatabase = async <T>(
  needs: { readonly log: Log },
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  work: (db: Database) => Promise<T>,
): Promise<T> => {
  const engine = await openEngine(needs, config)
  try {
    const db = openDatabase(needs, engine.connection)
    try {
      await requireMigrated(db)
      return await work(db)
    } finally {
      await db.close()
    }
  } finally {
    await engine.close()
  }
}
