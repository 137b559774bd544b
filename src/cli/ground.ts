// What there may be only one of, however many processes answer: the claim on the data folder, the secret kept there, the
// embedded database.
import type { PoolConfig } from 'pg'
import type { Config } from '../config.js'
import { claimDataDir } from '../engines/data-dir.js'
import { startEmbeddedPostgres } from '../engines/embedded-postgres.js'
import type { Log } from '../lib/log.js'
import { keepServerSecret } from './server-secret.js'

/** What a Signet stands on. */
export interface Ground {
  /** SIGNET_SECRET. */
  readonly secret: string
  /** Starts the database, where it is Signet's own. */
  openDatabase(): Promise<{ readonly connection: PoolConfig; stop(): Promise<void> }>
  /** Gives the data folder back. */
  release(): Promise<void>
}

// What each process holds at most (see docs/operating.md), and some for commands and whoever looks at the database.
const connectionsOf = (workers: number): number => 39 + 11 * workers

/** Takes the ground for this process. Throws StartError where another holds it. */
export const takeGround = async ({ log }: { readonly log: Log }, config: Config): Promise<Ground> => {
  const { databaseUrl, dataDir } = config
  const claim = databaseUrl === null || config.secret === null ? await claimDataDir(dataDir) : null
  const release = async (): Promise<void> => claim?.release()
  try {
    return {
      secret: config.secret ?? (await keepServerSecret(dataDir)),
      openDatabase: async () =>
        databaseUrl === null
          ? startEmbeddedPostgres({ log }, dataDir, { maxConnections: connectionsOf(config.workers) })
          : { connection: { connectionString: databaseUrl }, stop: async () => {} },
      release,
    }
  } catch (fault) {
    await release()
    throw fault
  }
}
