// The tabs of one origin: one refreshes at a time where Web Locks exist, and hands its access token to the others. It
// saves requests and no more; that nobody is signed out by a race is the server's doing, so all waiting here is bounded.
import type { SignetChannel, SignetEnvironment } from './environment.js'
import { isObject } from './json.js'
import type { SessionState, SignedOutReason } from './session.js'
import type { Tokens } from './tokens.js'
import { lockMs, sleep, wordMs } from './waits.js'

type Message =
  | { readonly kind: 'signedIn'; readonly tokens: Tokens }
  | { readonly kind: 'signedOut'; readonly sessionId: string; readonly reason: SignedOutReason }

const isMessage = (data: unknown): data is Message =>
  isObject(data) && (data.kind === 'signedIn' ? isObject(data.tokens) : data.kind === 'signedOut')

interface Needs {
  readonly environment: SignetEnvironment
  readonly session: SessionState
  /** Names what the tabs share. */
  readonly name: string
}

/** What a tab has to do with the others. */
export interface Tabs {
  /** Works alone among the tabs, if that can be had in time; else all the same. */
  alone<T>(work: () => Promise<T>): Promise<T>
  tellSignedIn(tokens: Tokens): void
  tellSignedOut(sessionId: string, reason: SignedOutReason): void
  close(): void
}

const listen = (channel: SignetChannel, session: SessionState): void => {
  channel.onmessage = ({ data }: { readonly data: unknown }) => {
    if (!isMessage(data)) return
    if (data.kind === 'signedIn') {
      if (session.isNews(data.tokens)) void session.adopt(data.tokens)
    } else if (session.tokens()?.sessionId === data.sessionId) void session.end(data.reason)
  }
}

/** Joins the tabs. */
export const createTabs = ({ environment, session, name }: Needs): Tabs => {
  const { locks, openChannel, setTimer, now } = environment
  const channel = openChannel?.(name) ?? null
  if (channel) listen(channel, session)
  let queue: Promise<unknown> = Promise.resolve()

  const lock = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!locks) return work()
    const controller = new AbortController()
    const cancel = setTimer(lockMs, () => controller.abort())
    const askedAt = now()
    let result: Promise<T> | null = null
    const begin = async (): Promise<T> => {
      cancel()
      // What the holder before has to say may be a moment behind the lock.
      if (now() - askedAt > 5) await sleep(environment, wordMs)
      return work()
    }
    const beginOnce = (): Promise<T> => {
      result ??= begin()
      return result
    }
    await locks.request(name, { signal: controller.signal }, beginOnce).catch(() => {})
    // It was not to be had in time, unless this has been done.
    return beginOnce()
  }

  return {
    alone: work => {
      const turn = queue.then(() => lock(work))
      queue = turn.catch(() => {})
      return turn
    },
    tellSignedIn: tokens => channel?.postMessage({ kind: 'signedIn', tokens } satisfies Message),
    tellSignedOut: (sessionId, reason) =>
      channel?.postMessage({ kind: 'signedOut', sessionId, reason } satisfies Message),
    close: () => channel?.close(),
  }
}
