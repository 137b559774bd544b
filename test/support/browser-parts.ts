// The parts of a browser that signet/client uses, made so that a test can drive them.
import type { SignetLocks } from '../../src/client/index.js'

/** Locks that are given one after another, as Web Locks are. */
export const createLocks = (stuck: boolean): SignetLocks => {
  let queue: Promise<unknown> = stuck ? new Promise(() => {}) : Promise.resolve()
  return {
    request: (_name, { signal }, work) => {
      const aborted = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('AbortError'))),
      )
      let isBegun = false
      const turn = queue.then(() => {
        if (signal.aborted) return Promise.reject(new Error('AbortError'))
        isBegun = true
        return work()
      })
      queue = turn.catch(() => {})
      return Promise.race([turn, aborted.catch(error => (isBegun ? turn : Promise.reject(error)))])
    },
  }
}

interface FakeChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  postMessage(message: unknown): void
  close(): void
}

/** Channels between tabs: what one says, the others hear. */
export const createHub = () => {
  const channels = new Set<FakeChannel>()
  return (): FakeChannel => {
    const channel: FakeChannel = {
      onmessage: null,
      postMessage: message => {
        const data = structuredClone(message)
        for (const other of channels) if (other !== channel) queueMicrotask(() => other.onmessage?.({ data }))
      },
      close: () => channels.delete(channel),
    }
    channels.add(channel)
    return channel
  }
}

/** Timers that run when their time has been let pass; those of a moment run by themselves. */
export const createTime = () => {
  let offsetMs = 0
  const waiting = new Map<number, { readonly at: number; readonly run: () => void }>()
  let count = 0
  const now = (): number => Date.now() + offsetMs
  return {
    now,
    setTimer: (milliseconds: number, run: () => void): (() => void) => {
      if (milliseconds < 100) {
        const timer = setTimeout(run, milliseconds)
        return () => clearTimeout(timer)
      }
      const id = ++count
      waiting.set(id, { at: now() + milliseconds, run })
      return () => waiting.delete(id)
    },
    pass: (seconds: number): void => {
      offsetMs += seconds * 1000
      for (const [id, { at, run }] of [...waiting]) {
        if (at <= now() && waiting.delete(id)) run()
      }
    },
    timers: () => [...waiting.values()].map(({ at }) => (at - now()) / 1000),
    stop: () => waiting.clear(),
  }
}

/** What a Set-Cookie header says. */
export const cookieOf = (line: string): { name: string; value: string; isGone: boolean } => {
  const [pair = ''] = line.split(';')
  const split = pair.indexOf('=')
  return {
    name: pair.slice(0, split),
    value: pair.slice(split + 1),
    isGone: /expires=Thu, 01 Jan 1970/i.test(line),
  }
}

/** The name of the operation in a request's body. */
export const operationOf = (body: unknown): string =>
  /"query":"(?:query|mutation|subscription) (\w+)/.exec(String(body))?.[1] ?? '?'
