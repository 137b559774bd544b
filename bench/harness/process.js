// Starts a contender in a process of its own, and reads from /proc what it used.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The path of a file of the bench. */
export const here = name => fileURLToPath(new URL(`../${name}`, import.meta.url))

/**
 * User and system time of a process so far, in microseconds: of all its threads, to the nanosecond. /proc/PID/stat counts in
 * hundredths of a second.
 */
export const cpuMicroseconds = pid =>
  readdirSync(`/proc/${pid}/task`)
    .map(thread => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e3)
    .reduce((sum, one) => sum + one)

/** Memory that a process has, in megabytes; the kernel says it in 1,024 bytes. */
export const residentMegabytes = pid =>
  (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024) / 1e6

/** Starts a script and resolves once it says `ready` and an address. */
export const startProcess = async (script, env) => {
  const child = spawn(process.execPath, [here(script)], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const address = await new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${script} exited with ${code}`)))
    child.stdout.on('data', chunk => {
      const found = /ready.*?(http:\/\/\S+)/.exec(chunk)?.[1]
      if (found) resolve(found)
    })
  })
  return {
    url: address,
    pid: child.pid,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await gone
      clearTimeout(impatience)
    },
  }
}
