// Finds the processes of one database cluster, whoever started them, and ends them: what a killed Signet left
// running, and what a killed postmaster left behind. They carry the cluster's name on their command lines,
// which every account may read (the folder a process works in, a container's root may not).
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { promisify } from 'node:util'
import { sleep } from '../../lib/clock.js'
import { StartError } from '../../lib/start-error.js'

/** How a cluster's processes are known: the name in their titles, and the account that they run as. */
export interface ClusterMark {
  name: string
  uid: number
}

interface Found {
  pid: number
  isPostmaster: boolean
}

const pollMilliseconds = 25
/** How long a fast shutdown may take before it is cut short. */
const fastShutdownMilliseconds = 10_000

/** A stranger who writes our name on his command line has another uid, and is left alone. */
const readProc = (uid: number): { pid: number; command: string }[] =>
  readdirSync('/proc').flatMap(entry => {
    if (!/^\d+$/.test(entry)) return []
    try {
      if (statSync(`/proc/${entry}`).uid !== uid) return []
      return [{ pid: Number(entry), command: readFileSync(`/proc/${entry}/cmdline`, 'latin1') }]
    } catch {
      return []
    }
  })

const readPs = async (uid: number): Promise<{ pid: number; command: string }[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,uid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout.split('\n').flatMap(line => {
    const [, pid, owner, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return Number(owner) === uid ? [{ pid: Number(pid), command: command ?? '' }] : []
  })
}

/** The living processes of a cluster; none on Windows, where pg_ctl does this work. */
export async function findProcesses({ name, uid }: ClusterMark): Promise<Found[]> {
  if (process.platform === 'win32') return []
  const all = process.platform === 'linux' ? readProc(uid) : await readPs(uid)
  // The name ends where no letter or digit follows: one cluster's may be the beginning of another's.
  const ours = new RegExp(`(cluster_name=|postgres: )${name}(?![a-z0-9])`)
  return all
    .map(({ pid, command }) => ({ pid, match: ours.exec(command) }))
    .filter(({ pid, match }) => match !== null && pid !== process.pid)
    .map(({ pid, match }) => ({ pid, isPostmaster: match?.[1] === 'cluster_name=' }))
}

const signal = (found: Found[], name: NodeJS.Signals) => {
  for (const { pid } of found) {
    try {
      process.kill(pid, name)
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

/** Sends a signal once a second until the cluster is gone or the time is up; tells whether it is gone. */
async function signalUntilGone(
  mark: ClusterMark,
  name: NodeJS.Signals,
  milliseconds: number,
): Promise<boolean> {
  for (let waited = 0; waited <= milliseconds; waited += pollMilliseconds) {
    const found = await findProcesses(mark)
    if (found.length === 0) return true
    const targets = name === 'SIGINT' ? found.filter(({ isPostmaster }) => isPostmaster) : found
    if (waited % 1000 === 0) signal(targets, name)
    await sleep(pollMilliseconds)
  }
  return false
}

/**
 * Ends every process of a cluster: a fast shutdown (SIGINT) for up to ten seconds, then SIGQUIT (no data is
 * lost, the next start recovers), then SIGKILL. Children whose postmaster is gone get a second to notice.
 */
export async function endProcesses(mark: ClusterMark): Promise<void> {
  const found = await findProcesses(mark)
  const patience = found.some(({ isPostmaster }) => isPostmaster) ? fastShutdownMilliseconds : 1000
  if (await signalUntilGone(mark, 'SIGINT', patience)) return
  if (await signalUntilGone(mark, 'SIGQUIT', 5000)) return
  if (await signalUntilGone(mark, 'SIGKILL', 2000)) return
  const pids = (await findProcesses(mark)).map(({ pid }) => pid).join(', ')
  throw new StartError(`The embedded database's earlier process ${pids} does not end; end it by hand.`)
}
