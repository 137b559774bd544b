// One measurement: load from another process, CPU time of the server's.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { cpuMicroseconds, here } from './process.js'

/** Runs a script of the bench with a job on its standard input; gives what it prints, parsed. */
export const runJob = async (script, job, env = {}) => {
  const child = spawn(process.execPath, [here(script)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(job))
  const printed = await text(child.stdout)
  if (printed === '') throw new Error(`${script} said nothing`)
  return JSON.parse(printed)
}

/** Loads an address; throws where anything but good answers came. */
export const load = async job => {
  const result = await runJob(job.perSecond ? 'harness/pace.js' : 'harness/load.js', job)
  if (result.bad > 0) throw new Error(`${result.bad} bad answers from ${job.url}`)
  return result
}

/**
 * Loads a server for a while: requests a second, CPU microseconds a request, latencies in milliseconds. It is woken before,
 * for a moment: after the turns of all others the machine's caches know nothing of it.
 */
export const measureServer = async ({ pid }, { wakeSeconds = 0, ...job }) => {
  if (wakeSeconds > 0) await load({ ...job, seconds: wakeSeconds })
  const before = cpuMicroseconds(pid)
  const { count, perSecond, p50, p99 } = await load(job)
  return { perSecond, cpu: (cpuMicroseconds(pid) - before) / count, p50, p99 }
}
