// The PostgreSQL that is measured: the one of BENCH_DATABASE_URL, else an embedded one that goes with the run.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../dist/engines/embedded-postgres.js'
import { createLog } from '../../dist/lib/log.js'
import type { Closers } from './closers.js'

/** A server that makes databases for the run, and drops them at its end. */
export interface Server {
  readonly version: string
  /** Settings that figures depend on, as PostgreSQL shows them. */
  readonly settings: string
  /** Creates an empty database; gives its address. */
  createDatabase(name: string): Promise<string>
}

const findServer = async (given: string | undefined, closers: Closers): Promise<string> => {
  if (given) return given
  const folder = await mkdtemp(join(tmpdir(), 'signet-bench-'))
  closers.add(() => rm(folder, { recursive: true, force: true }))
  const embedded = await startEmbeddedPostgres({ log: createLog('warn') }, join(folder, 'cluster'))
  closers.add(() => embedded.stop())
  const { host, port, user, password, database } = embedded.connection
  const url = new URL(`postgresql://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}`)
  if (host.startsWith('/')) url.searchParams.set('host', host)
  return url.href
}

/** One text from the first row of a query. */
const textOf = (rows: readonly Record<string, unknown>[], column: string): string =>
  String(rows[0]?.[column] ?? '')

/** Runs `work` on a connection of its own. */
export const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url, application_name: 'signet bench' })
  // Heard by whoever waits for an answer.
  client.on('error', () => {})
  await client.connect()
  return work(client).finally(() => client.end())
}

/** Finds or starts the server. What it makes is undone by `closers`. */
export const openServer = async (given: string | undefined, closers: Closers): Promise<Server> => {
  const url = await findServer(given, closers)
  const shown = ['server_version', 'shared_buffers', 'max_wal_size', 'synchronous_commit', 'fsync']
  const rows = await withClient(url, async client => (await client.query('SHOW ALL')).rows)
  const values = new Map(rows.map(row => [String(row.name), String(row.setting)]))
  return {
    version: textOf([{ version: values.get('server_version') }], 'version'),
    settings: shown
      .slice(1)
      .map(name => `${name} ${values.get(name) ?? '?'}`)
      .join(', '),
    createDatabase: async name => {
      closers.add(() =>
        withClient(url, client => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)).then(
          () => {},
        ),
      )
      await withClient(url, client => client.query(`CREATE DATABASE ${name}`))
      const address = new URL(url)
      address.pathname = `/${name}`
      return address.href
    },
  }
}
