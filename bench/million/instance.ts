// Real Signet processes, as an operator starts them.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Closers } from './closers.js'
import type { ProbeReading } from './probe.js'

/** A running Signet. */
export interface Instance {
  readonly url: string
  /** From the start of the process until it said that it is ready. */
  readonly startMilliseconds: number
  /** Resolves when a text stands in its log. */
  logged(text: string): Promise<void>
  /** What the process uses after a full collection, and how it had paused until then. */
  probe(): Promise<ProbeReading>
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const probeFile = new URL('./probe.js', import.meta.url).href

const isReading = (message: unknown): message is ProbeReading =>
  typeof message === 'object' && message !== null && 'heapUsed' in message

/** Starts an instance on a database; all instances of a run share secret and issuer. */
export const startInstance = async (
  closers: Closers,
  env: Readonly<Record<string, string>>,
): Promise<Instance> => {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--expose-gc', '--import', probeFile, main], {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      PORT: '0',
      LOG_LEVEL: 'warn',
      JWT_ALGORITHM: 'HS256',
      JWT_ISSUER: 'https://signet.example',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  const watchers = new Set<() => void>()
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk
    for (const look of watchers) look()
  })
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  closers.add(stop)
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      const address = /ready.*?(http:\/\/[^/\s]+)/.exec(output)?.[1]
      if (address) resolve(address)
    })
    void exited.then(() => reject(new Error(`signet exited: ${log.slice(-2_000)}`)))
  })
  return {
    url,
    startMilliseconds: performance.now() - startedAt,
    logged: text =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!log.includes(text)) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        void exited.then(() => reject(new Error('signet exited')))
        look()
      }),
    probe: () =>
      new Promise((resolve, reject) => {
        child.once('message', message =>
          isReading(message) ? resolve(message) : reject(new Error('not a reading')),
        )
        child.send('probe')
      }),
    stop,
  }
}
