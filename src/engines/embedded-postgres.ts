// The database for those who bring none: the real PostgreSQL server out of npm's package, on DATA_DIR, behind a
// socket and a password, started and stopped with Signet, and started again whenever it dies in between.
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import type { Log } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import { asDataDirFault } from './data-dir.js'
import { findBinaries, majorVersion } from './embedded-postgres/binaries.js'
import { dataFolderOf, openCluster } from './embedded-postgres/cluster.js'
import { databaseUser } from './embedded-postgres/initdb.js'
import { install } from './embedded-postgres/installation.js'
import type { Launch } from './embedded-postgres/postmaster.js'
import { launchPostmaster } from './embedded-postgres/postmaster.js'
import { chooseAccount } from './embedded-postgres/run-as.js'
import { supervise } from './embedded-postgres/supervise.js'
import { faultCode, faultMessage, faultSyscall } from './fault-code.js'
import { makeFolder } from './make-folder.js'
import { openShortPath } from './short-path.js'

/** What a client needs to connect (fits pg's PoolConfig): host is a socket folder or '127.0.0.1'. */
export interface EmbeddedConnection {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** A running embedded database. */
export interface EmbeddedPostgres {
  connection: EmbeddedConnection
  /** The pid of the postmaster now running; null while there is none. */
  pid(): number | null
  /** Shuts the database down, all of it, within about ten seconds; the data stays. */
  stop(): Promise<void>
}

interface Options {
  /** False is for tests: data that a power cut may destroy. */
  durable?: boolean
  maxConnections?: number
}

/** The part of a socket's name, not a port in use: the socket is the only way in. */
const socketPort = 5432

const findFreePort = (): Promise<number> =>
  new Promise((settle, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => settle(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** What a system call refused is the operator's to mend; faults of our own pass unchanged. */
const asStartFault = (dataDir: string, fault: unknown): unknown => {
  const syscall = faultSyscall(fault)
  if (syscall === 'spawn' && faultCode(fault) === 'EPERM') {
    return new StartError(
      'The embedded database must not run as root, and this root may not become another account (a container ' +
        'needs the capabilities SETUID and SETGID for it): start Signet as another user, or set DATABASE_URL.',
    )
  }
  if (syscall.startsWith('spawn')) {
    return new StartError(
      `The embedded database's programs cannot be run (${faultMessage(fault)}): the system may lack the GNU C ` +
        'library (Alpine does), or forbid programs in that folder; set DATABASE_URL to a PostgreSQL of your own.',
    )
  }
  const told = asDataDirFault(dataDir, fault)
  if (told !== fault || syscall === '') return told
  return new StartError(`The embedded database could not be started: ${faultMessage(fault)}.`)
}

async function prepare(
  log: Log,
  dataDir: string,
  { durable = true, maxConnections = 50 }: Options,
): Promise<Launch> {
  await makeFolder(dataDir, 0o700)
  const binaries = await findBinaries(process.platform, process.arch)
  const account = await chooseAccount(dataDir, dataFolderOf(dataDir))
  const installation = await install(binaries, dataDir, account)
  try {
    const parts = { installation, account, majorVersion: majorVersion(binaries) }
    const cluster = await openCluster(parts, dataDir, durable)
    const port = process.platform === 'win32' ? await findFreePort() : socketPort
    return { log, dataDir, cluster, installation, account, port, durable, maxConnections }
  } catch (fault) {
    await installation.discard()
    throw fault
  }
}

/**
 * Starts the embedded PostgreSQL on DATA_DIR, which the caller has claimed; the data is made first if there is
 * none. A StartError says what keeps it from
 * starting; where PostgreSQL said more, it names the log.
 */
export async function startEmbeddedPostgres(
  { log }: { log: Log },
  dataDir: string,
  options: Options = {},
): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir)
  try {
    const launch = await prepare(log, folder, options)
    const short = await openShortPath(launch.cluster.folder, `.s.PGSQL.${launch.port}`)
    const discard = async () => {
      await short.close()
      await launch.installation.discard()
    }
    const postmaster = await launchPostmaster(launch).catch(async fault => {
      await discard()
      throw fault
    })
    const { pid, stop } = supervise(launch, postmaster)
    const host = process.platform === 'win32' ? '127.0.0.1' : short.path
    const { port, cluster } = launch
    const end = async () => {
      await stop()
      await discard()
    }
    let ended: Promise<void> | null = null
    return {
      connection: { host, port, user: databaseUser, password: cluster.password, database: 'postgres' },
      pid,
      stop: () => {
        ended ??= end()
        return ended
      },
    }
  } catch (fault) {
    throw asStartFault(folder, fault)
  }
}
