// Signet's public keys, kept as long as Signet allows and fetched anew in the background; the last good ones stay while
// Signet is away. A key that Signet says is gone is gone at once, whatever a cache on the way still holds.
import { setTimeout as sleep } from 'node:timers/promises'
import { shareCalls } from '../lib/share-calls.js'
import type { VerificationKey } from '../tokens/verify.js'
import { fetchText } from './fetch-text.js'
import { parseJwks } from './jwks.js'
import { readMaxAge } from './max-age.js'
import type { Surroundings } from './options.js'
import { createReporter } from './report.js'

/** The keys in memory. */
export interface KeyCache {
  find(kid: string): VerificationKey | undefined
  /** Whether Signet had a key of this name and has it no more. */
  isGone(kid: string): boolean
  /**
   * Looks for keys that are not known, at most every few seconds; whoever asks in between waits for the next look. True
   * when Signet's keys were fetched: one that is not among them is none of Signet's. False when that cannot be told.
   */
  look(): Promise<boolean>
  /** The feed says that these are the keys now. */
  hear(kids: readonly string[]): void
  /** For how many seconds the keys may have been out of date. */
  staleSeconds(): number
  isOpen(): boolean
  /** Resolves with the first keys. */
  readonly opened: Promise<void>
  close(): void
}

const maxBytes = 64 * 1024
const fetchMilliseconds = 5_000
/** Unknown kids make no more than one request in so many seconds, however many come. */
const brakeSeconds = 5
/** So many may wait for a look; more are told at once that it cannot be told. */
const maxWaiting = 1_000
/** So many kids that are gone are remembered: more than can be in use within the life of a token. */
const maxGone = 100

/** Opens the cache: fetches at once, and again whenever what it has may be out of date. */
export const openKeyCache = (surroundings: Surroundings, url: string): KeyCache => {
  const { stopwatch, onFault } = surroundings
  const closing = new AbortController()
  const { signal } = closing
  const reporter = createReporter(`the keys at ${url}`, onFault)
  let keys: ReadonlyMap<string, VerificationKey> = new Map()
  let heard: readonly string[] = []
  let gone: ReadonlySet<string> = new Set()
  let goodUntil = Number.NEGATIVE_INFINITY
  let last: 'under way' | 'good' | 'failed' = 'failed'
  let lookedAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let markOpened = (): void => {}
  const opened = new Promise<void>(resolve => {
    markOpened = resolve
  })

  const fetchKeys = async (): Promise<number> => {
    const request = {
      // A cache on the way may not answer with what it has: it does not know that a key was revoked.
      headers: { accept: 'application/json', 'cache-control': 'no-cache' },
      maxBytes,
      milliseconds: fetchMilliseconds,
      signal,
    }
    const { headers, text } = await fetchText(surroundings, url, request)
    keys = parseJwks(text)
    return readMaxAge(headers)
  }

  const refresh = shareCalls(async (): Promise<boolean> => {
    clearTimeout(timer)
    lookedAt = stopwatch()
    last = 'under way'
    let nextSeconds = brakeSeconds
    try {
      nextSeconds = await fetchKeys()
      goodUntil = lookedAt + nextSeconds
      last = 'good'
      reporter.succeeded()
      markOpened()
    } catch (fault) {
      last = 'failed'
      if (!signal.aborted) reporter.failed(fault)
    }
    if (!signal.aborted) timer = setTimeout(refresh, nextSeconds * 1000).unref()
    return last === 'good'
  })
  void refresh()

  const brakeLeft = (): number => lookedAt + brakeSeconds - stopwatch()
  const lookWhenAllowed = shareCalls(async () => {
    await sleep(brakeLeft() * 1000, undefined, { signal, ref: false }).catch(() => {})
    return signal.aborted ? false : refresh()
  })
  let waiting = 0

  return {
    find: kid => (gone.has(kid) ? undefined : keys.get(kid)),
    isGone: kid => gone.has(kid),
    look: async () => {
      if (last === 'under way' || brakeLeft() <= 0) return refresh()
      // Signet is away: it is asked again soon, and nobody need wait to hear that.
      if (last === 'failed' || waiting >= maxWaiting) return false
      waiting += 1
      return lookWhenAllowed().finally(() => {
        waiting -= 1
      })
    },
    hear: kids => {
      goodUntil = Math.max(goodUntil, stopwatch())
      const missing = [...gone, ...heard, ...keys.keys()].filter(kid => !kids.includes(kid))
      gone = new Set(missing.slice(-maxGone))
      const isNews = kids.some(kid => !heard.includes(kid) && !keys.has(kid))
      heard = kids
      if (isNews) void refresh()
    },
    staleSeconds: () => stopwatch() - goodUntil,
    isOpen: () => keys.size > 0,
    opened,
    close: () => {
      closing.abort()
      clearTimeout(timer)
    },
  }
}
