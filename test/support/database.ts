// A database of its own for a test, on the run's PostgreSQL: cloned from a migrated template, or empty.
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'

/** Where the run's server and template are; set by global-setup. */
const serverEnv = 'SIGNET_TEST_SERVER'
const templateEnv = 'SIGNET_TEST_TEMPLATE'

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

const given = (name: string): string => {
  const value = process.env[name]
  if (!value)
    throw new Error(`${name} is not set: tests are run by jest, whose global set-up starts PostgreSQL`)
  return value
}

const runOnServer = async (serverUrl: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

const withDatabase = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Creates a database: a clone of the migrated template unless told otherwise. */
export const createTestDatabase = async ({ migrated = true } = {}): Promise<TestDatabase> => {
  const server = given(serverEnv)
  const name = `signet_test_${randomBytes(8).toString('hex')}`
  await runOnServer(server, `CREATE DATABASE ${name}${migrated ? ` TEMPLATE ${given(templateEnv)}` : ''}`)
  return {
    url: withDatabase(server, name),
    drop: () => runOnServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}
