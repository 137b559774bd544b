// One worker, as the first process sees it.
import type { Worker } from 'node:cluster'
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { StartError } from '../lib/start-error.js'
import type { Opening, Order, Report } from './worker-messages.js'

/** Where a worker answers. */
export interface Place {
  readonly url: string
  readonly port: number
}

/** A worker from its first moment to its last. */
export interface Member {
  /** Resolves when it has loaded its code; what it is told before reaches it then. */
  readonly awake: Promise<void>
  /** Resolves when it answers; rejects with StartError when it ends before. */
  readonly ready: Promise<Place>
  /** Resolves when it is gone, with why, in words. */
  readonly ended: Promise<string>
  isServing(): boolean
  /** Lets it open its services. */
  open(opening: Opening): void
  /** Lets it finish what it has begun, and end. */
  stop(): void
  /** Ends it here and now. */
  kill(): void
  send(order: Order): void
  /** Tells of its reports from now on. */
  onReport(listener: (report: Report) => void): void
}

const program = fileURLToPath(new URL('./worker.js', import.meta.url))

const wordsOfEnd = (code: number | null, signal: string | null): string =>
  signal ? `A worker was ended by ${signal}.` : `A worker ended with exit code ${code}.`

const watch = (worker: Worker): Pick<Member, 'awake' | 'ready' | 'ended' | 'isServing'> => {
  let isServing = false
  let wake = (): void => {}
  const awake = new Promise<void>(resolve => {
    wake = resolve
  })
  let settle: { resolve(place: Place): void; reject(error: StartError): void }
  const ready = new Promise<Place>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Not everybody waits for it.
  ready.catch(() => {})
  const ended = new Promise<string>(resolve => {
    let reason: string | null = null
    const end = (words: string): void => {
      isServing = false
      resolve(reason ?? words)
      settle.reject(new StartError(reason ?? words))
    }
    worker.on('message', (report: Report) => {
      if (report.kind === 'awake') wake()
      if (report.kind === 'failed') reason = report.reason
      if (report.kind !== 'ready') return
      isServing = true
      settle.resolve(report)
    })
    worker.once('exit', (code: number | null, signal: string | null) => end(wordsOfEnd(code, signal)))
    // One that could not even be started has no exit; a broken channel is followed by one.
    worker.on('error', fault => {
      if (worker.process.pid === undefined) end(`A worker could not be started: ${fault.message}.`)
    })
  })
  return { awake, ready, ended, isServing: () => isServing }
}

/**
 * Node's cluster forgets the connection that it was handing to a worker when that one died, and its client would wait for
 * ever. A worker is handed one at a time, so it is the last; one that had arrived is closed already.
 */
const closeWhatIsHanded = (worker: Worker): void => {
  const child = worker.process
  const { send } = child
  let handed: object | null = null
  const sendAndRemember = (...args: readonly unknown[]): unknown => {
    const [, handle] = args
    if (typeof handle === 'object' && handle !== null) handed = handle
    return Reflect.apply(send, child, args)
  }
  Object.assign(child, { send: sendAndRemember })
  worker.once('exit', () => {
    if (handed && 'close' in handed && typeof handed.close === 'function') handed.close()
  })
}

/** Starts a worker; it loads its code, and waits to be let open. */
export const hire = (): Member => {
  // Without options of ours: a worker has no command line, the environment is its configuration.
  cluster.setupPrimary({ exec: program, args: [] })
  const worker = cluster.fork()
  closeWhatIsHanded(worker)
  const watched = watch(worker)
  const send = async (order: Order): Promise<void> => {
    await watched.awake
    // To one that is gone nothing is said; that it ends is told elsewhere.
    if (worker.isConnected()) worker.send(order, () => {})
  }
  return {
    ...watched,
    open: opening => void send({ kind: 'open', ...opening }),
    stop: () => void send({ kind: 'stop' }),
    kill: () => void worker.process.kill('SIGKILL'),
    send: order => void send(order),
    onReport: listener => void worker.on('message', listener),
  }
}
