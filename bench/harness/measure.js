// One measurement: load from another process, which reads what the server used meanwhile.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { here } from './process.js'

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

/** Loads a server for a while: requests a second, CPU microseconds a request, latencies in milliseconds. */
export const measureServer = async ({ pid }, job) => {
  const { perSecond, cpu, p50, p99 } = await load({ ...job, pid })
  return { perSecond, cpu, p50, p99 }
}
