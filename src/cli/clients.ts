// `signet clients`: the services that may follow the revocation feed.
import { parseArgs } from 'node:util'
import type { Client } from '../clients/client.js'
import { createClient } from '../clients/create.js'
import { revokeClient } from '../clients/revoke.js'
import { findClients } from '../clients/store.js'
import { readConfig } from '../config.js'
import type { Database } from '../engines/database.js'
import { systemClock } from '../lib/clock.js'
import { createLog } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import { asStartError } from './as-start-error.js'
import { runInterruptibly } from './interruptible.js'
import { withDatabase } from './with-database.js'

const usage = `Services that follow the revocation feed, so that they refuse whoever was signed out.

Usage: signet clients create --name NAME   print a credential, this once
       signet clients list                 print id, name and dates of all
       signet clients revoke ID            let a credential open nothing any more

In the database that DATABASE_URL or DATA_DIR names, whether Signet is running or not.`

type Work = (db: Database) => Promise<string>

const describe = ({ id, name, createdAt, revokedAt }: Client): string =>
  [id, createdAt.toISOString(), revokedAt ? `revoked ${revokedAt.toISOString()}` : 'live', name].join('  ')

const parse = (args: readonly string[]): { name: string | undefined; rest: string[] } => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { name: { type: 'string' } },
      allowPositionals: true,
    })
    return { name: values.name, rest: positionals }
  } catch {
    throw new StartError("These options are not known here. 'signet clients --help' lists them.")
  }
}

const readWork = (args: readonly string[]): Work => {
  const { name, rest } = parse(args)
  const [command, id, ...more] = rest
  if (command === 'create' && name !== undefined && id === undefined) {
    return db => createClient({ db, clock: systemClock }, name)
  }
  if (command === 'list' && name === undefined && id === undefined) {
    return async db => (await findClients(db.prisma)).map(describe).join('\n') || 'There is no client yet.'
  }
  if (command === 'revoke' && name === undefined && id !== undefined && more.length === 0) {
    return async db => {
      await revokeClient({ db, clock: systemClock }, id)
      return `Client ${id} is revoked: its credential opens nothing any more.`
    }
  }
  throw new StartError("This is not how it is called. 'signet clients --help' says how.")
}

/** Runs one of the commands below `clients`. Throws StartError. */
export const clients = async (say: (line: string) => void, args: readonly string[]): Promise<void> => {
  if (args.length === 0 || args.some(arg => arg === '--help' || arg === '-h')) return say(usage)
  const work = readWork(args)
  try {
    const config = readConfig(undefined, { needsSecret: false })
    await runInterruptibly(({ signal }) =>
      withDatabase({ log: createLog('silent'), signal }, config, async db => say(await work(db))),
    )
  } catch (fault) {
    throw asStartError(fault)
  }
}
