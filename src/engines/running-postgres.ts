// Finds the embedded database that another process runs on a DATA_DIR, for a command that has work in it meanwhile.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import pg from 'pg'
import { asDataDirFault } from './data-dir.js'
import { dataFolderOf, readPassword } from './embedded-postgres/cluster.js'
import { databaseUser } from './embedded-postgres/initdb.js'
import type { EmbeddedConnection } from './embedded-postgres.js'
import { faultCode } from './fault-code.js'
import { openShortPath } from './short-path.js'

/** A way to a database that somebody else starts and stops. */
export interface RunningPostgres {
  readonly connection: EmbeddedConnection
  /** Gives the way up; the database goes on. */
  close(): Promise<void>
}

const answerMilliseconds = 3_000

/** Line 4 of PostgreSQL's lock file is its port, a part of its socket's name; null where there is no such file. */
const readPort = async (folder: string): Promise<number | null> => {
  const text = await readFile(`${folder}/postmaster.pid`, 'latin1').catch((fault: unknown) => {
    if (faultCode(fault) === 'ENOENT') return ''
    throw fault
  })
  return Number(text.split('\n')[3]) || null
}

/** Asked, not read from its files: those outlive a database that was killed. */
const answers = async (connection: EmbeddedConnection): Promise<boolean> => {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: answerMilliseconds })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch {
    return false
  }
  await client.end()
  return true
}

/**
 * The database that runs on a DATA_DIR which another process has claimed; null while none answers there. Throws
 * StartError where this account may not use the folder.
 */
export async function findRunningPostgres(dataDir: string): Promise<RunningPostgres | null> {
  const folder = dataFolderOf(resolve(dataDir))
  try {
    const port = await readPort(folder)
    if (port === null) return null
    const password = await readPassword(resolve(dataDir))
    const short = await openShortPath(folder, `.s.PGSQL.${port}`)
    const host = process.platform === 'win32' ? '127.0.0.1' : short.path
    const connection = { host, port, user: databaseUser, password, database: 'postgres' }
    if (await answers(connection)) return { connection, close: () => short.close() }
    await short.close()
    return null
  } catch (fault) {
    throw asDataDirFault(resolve(dataDir), fault)
  }
}
