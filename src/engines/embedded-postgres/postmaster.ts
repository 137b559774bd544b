// Starts PostgreSQL's first process on a cluster, and clears away what an earlier one left in its folder.
import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sleep } from '../../lib/clock.js'
import type { Log } from '../../lib/log.js'
import { faultCode } from '../fault-code.js'
import type { Cluster } from './cluster.js'
import type { Installation } from './installation.js'
import { endProcesses } from './processes.js'
import type { Account } from './run-as.js'
import { describeFailure, openServerLog, readSince } from './server-log.js'
import { pathForServer, spawnIn } from './spawn-in.js'

/** All that a start of the database, and each later one, is made of. */
export interface Launch {
  log: Log
  dataDir: string
  cluster: Cluster
  installation: Installation
  account: Account | null
  port: number
  /** False for throw-away data: nothing waits for the disk. */
  durable: boolean
  maxConnections: number
}

const pollMilliseconds = 10

const settingsFor = ({
  cluster,
  port,
  durable,
  maxConnections,
}: Launch): Record<string, string | number> => ({
  port,
  ...(process.platform === 'win32'
    ? { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
    : // Relative to its working folder, so that no DATA_DIR is too deep; only the folder's owner can enter it.
      { listen_addresses: '', unix_socket_directories: '.' }),
  cluster_name: cluster.name,
  max_connections: maxConnections,
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  jit: 'off',
  // Parallel queries want shared memory that containers are short of.
  max_parallel_workers_per_gather: 0,
  // Clients' own errors stay out: they quote values, and an e-mail address may be among them.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
  ...(durable ? { fsync: 'on' } : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
})

/** Ends what still runs of a cluster, by whomever it was started. */
export async function endCluster({ cluster, installation, account }: Launch): Promise<void> {
  if (process.platform === 'win32') {
    const stop = ['stop', '-D', cluster.folder, '-m', 'fast', '-w', '-t', '10']
    await promisify(execFile)(join(installation.bin, 'pg_ctl'), stop).catch(() => undefined)
    return
  }
  await endProcesses({ name: cluster.name, uid: account?.uid ?? process.getuid?.() ?? 0 })
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (fault) {
    return faultCode(fault) === 'EPERM'
  }
}

/**
 * Takes away lock files that would stop PostgreSQL although none of the cluster's processes is alive: those
 * that are garbage, and those whose pid another program has by now. One with a dead pid stays: PostgreSQL
 * deals with it, and checks by it that nobody uses the old shared memory.
 */
async function clearStaleLocks(folder: string, port: number): Promise<void> {
  const lock = join(folder, 'postmaster.pid')
  const text = await readFile(lock, 'latin1').catch(() => null)
  const pid = /^(\d{1,10})\n/.exec(text ?? '')?.[1]
  if (text !== null && (pid === undefined || isRunning(Number(pid))))
    await rm(lock, { recursive: true, force: true })
  for (const suffix of ['', '.lock']) {
    await rm(join(folder, `.s.PGSQL.${port}${suffix}`), { recursive: true, force: true })
  }
}

/** Line 1 is the postmaster's pid, line 8 its state; "ready" means that it takes connections. */
const isReady = async (folder: string, pid: number): Promise<boolean> => {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'latin1').catch(() => '')).split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

const waitUntilReady = async (
  { log, cluster }: Launch,
  child: ChildProcess,
  pid: number,
): Promise<boolean> => {
  for (let waited = 0; child.exitCode === null && child.signalCode === null; waited += pollMilliseconds) {
    if (await isReady(cluster.folder, pid)) return true
    // However long it takes to recover after a power cut, to begin anew would only take longer.
    if (waited % 10_000 === 9_990) log.info('The embedded database is still recovering')
    await sleep(pollMilliseconds)
  }
  return false
}

/**
 * Starts the postmaster and resolves once it takes connections; a StartError says why it does not. It has a
 * process group of its own: a Ctrl-C in the terminal is meant for Signet, which still has requests to finish.
 */
export async function launchPostmaster(launch: Launch): Promise<ChildProcess> {
  const { cluster, installation, account, dataDir, port } = launch
  await endCluster(launch)
  await clearStaleLocks(cluster.folder, port)
  const serverLog = await openServerLog(dataDir)
  try {
    const settings = Object.entries(settingsFor(launch)).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const child = spawn(
      join(installation.bin, 'postgres'),
      ['-D', pathForServer(cluster.folder, account), ...settings],
      {
        ...spawnIn(cluster.folder, installation, account),
        stdio: ['ignore', serverLog.handle.fd, serverLog.handle.fd],
        detached: true,
        windowsHide: true,
      },
    )
    await new Promise<void>((settle, reject) => {
      child.once('spawn', settle)
      child.once('error', reject)
    })
    if (child.pid !== undefined && (await waitUntilReady(launch, child, child.pid))) return child
    throw await describeFailure(
      { doing: 'started', logPath: serverLog.path },
      dataDir,
      await readSince(serverLog),
    )
  } finally {
    await serverLog.handle.close()
  }
}
