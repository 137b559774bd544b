// Before the run: one throw-away PostgreSQL cluster (or the server of TEST_DATABASE_URL) and a migrated template.
// JavaScript on the built code, for jest loads this file before its transforms; `npm test` builds first.
import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../dist/engines/embedded-postgres.js'
import { migrate } from '../../dist/engines/migrate.js'
import { createLog } from '../../dist/lib/log.js'

const log = createLog('warn')

const findServer = async folder => {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => {} }
  const embedded = await startEmbeddedPostgres({ log }, join(folder, 'cluster'), {
    durable: false,
    // All test files that run side by side share it, and each has several instances with a pool of their own.
    maxConnections: 200,
  })
  const { host, port, user, password, database } = embedded.connection
  const url = new URL(`postgresql://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}`)
  if (host.startsWith('/')) url.searchParams.set('host', host)
  return { url: url.href, stop: () => embedded.stop() }
}

const run = async (url, statement) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

export default async () => {
  // A run that ends before its tear-down has failed, whatever jest says.
  process.exitCode = 1
  const folder = await mkdtemp(join(tmpdir(), 'signet-test-'))
  const server = await findServer(folder)
  const template = `signet_template_${randomBytes(6).toString('hex')}`
  await run(server.url, `CREATE DATABASE ${template}`)
  const templateUrl = new URL(server.url)
  templateUrl.pathname = `/${template}`
  const pool = new pg.Pool({ connectionString: templateUrl.href, max: 2 })
  await migrate({ pool, log })
  await pool.end()
  process.env.SIGNET_TEST_SERVER = server.url
  process.env.SIGNET_TEST_TEMPLATE = template
  process.env.SIGNET_TEST_RUN_FOLDER = folder
  globalThis.stopTestServer = async () => {
    await run(server.url, `DROP DATABASE IF EXISTS ${template}`)
    await server.stop()
  }
}
