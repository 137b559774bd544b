// The one pool of PostgreSQL connections: Prisma for all that is not hot, named statements for what is.
import { PrismaPg } from '@prisma/adapter-pg'
import type { PoolConfig } from 'pg'
import { Pool } from 'pg'
import type { Prisma } from '../generated/prisma/client.js'
import { PrismaClient } from '../generated/prisma/client.js'
import type { Log } from '../lib/log.js'
import { isOutage } from './outage.js'

/** What a store's query runs on: the client itself, or a transaction of it. */
export type Db = Prisma.TransactionClient

/** What a named statement runs on: the pool, or one connection of it. */
export type Sql = Pick<Pool, 'query'>

/** An open database. */
export interface Database {
  readonly prisma: PrismaClient
  readonly pool: Pool
  close(): Promise<void>
}

const ignore = (): void => {}

// A store that does not answer by then counts as out of reach; the caller is told UNAVAILABLE and keeps its session.
const connectMilliseconds = 3_000
const statementMilliseconds = 5_000

/** Opens the pool; no connection is made before the first query. */
export const openDatabase = ({ log }: { readonly log: Log }, connection: PoolConfig): Database => {
  const pool = new Pool({
    ...connection,
    application_name: 'signet',
    max: 10,
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: statementMilliseconds,
    query_timeout: statementMilliseconds + 500,
    // Below two query_timeouts: a transaction that its client gave up is rolled back before the connection serves another.
    idle_in_transaction_session_timeout: 2 * statementMilliseconds,
    keepAlive: true,
  })
  pool.on('error', error =>
    log.warn({ code: Reflect.get(error, 'code') }, 'an idle database connection was lost'),
  )
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  return {
    prisma,
    pool,
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/** Runs one operation's queries in one transaction, committed when `work` resolves, rolled back when it throws. */
export const inTransaction = <T>({ prisma }: Database, work: (tx: Db) => Promise<T>): Promise<T> =>
  prisma.$transaction(work, { maxWait: connectMilliseconds, timeout: statementMilliseconds })

/** Runs named statements, for what is hot, in one transaction; each has its own time-out. */
export const inSqlTransaction = async <T>(
  { pool }: { readonly pool: Pool },
  work: (sql: Sql) => Promise<T>,
): Promise<T> => {
  const connection = await pool.connect()
  // pg tells the fault of a connection that breaks to its query, and as an event besides, which would end the process.
  connection.on('error', ignore)
  let broken = false
  try {
    await connection.query('BEGIN')
    const result = await work(connection)
    // What failed before, unnoticed, is rolled back by it without a word.
    const { command } = await connection.query('COMMIT')
    if (command !== 'COMMIT') throw new Error('a statement of the transaction had failed')
    return result
  } catch (error) {
    broken = isOutage(error)
    if (!broken) await connection.query('ROLLBACK').catch(() => (broken = true))
    throw error
  } finally {
    connection.off('error', ignore)
    connection.release(broken)
  }
}
