// Signet's public keys, kept as long as Signet allows and fetched anew in the background; the last good ones stay while
// Signet is away. A key that Signet says is gone is gone at once, whatever a cache on the way still holds.
import { setTimeout as sleep } from 'node:timers/promises'
import { shareCalls } from '../lib/share-calls.js'
import type { VerificationKey } from '../tokens/verify.js'
import type { KeyNames } from './feed-messages.js'
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
   * Looks for a key that is not known, at most every few seconds; whoever asks in between waits for the next look. True
   * when it was found, or Signet's keys were fetched since the call: one that is not among them is none of Signet's.
   * False when that cannot be told, also where the feed has named it and a cache on the way does not know it yet.
   */
  look(kid: string): Promise<boolean>
  /** The feed says which keys there are now. */
  hear(names: KeyNames): void
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
/** Calls so close to each other share one look. */
const jointSeconds = 1
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
  let knownSince: ReadonlyMap<string, number> = new Map()
  let heard: KeyNames = { accepted: [], shown: [] }
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
    knownSince = new Map([...keys.keys()].map(kid => [kid, knownSince.get(kid) ?? stopwatch()]))
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

  const lookFor = async (kid: string): Promise<boolean> => {
    if (last === 'under way') {
      // What began well before the call may have been answered before there was such a key.
      const isJoint = stopwatch() - lookedAt < jointSeconds
      const isGood = await refresh()
      if (isJoint || !isGood || keys.has(kid)) return isGood
    }
    if (brakeLeft() <= 0) return refresh()
    // Signet is away: it is asked again soon, and nobody need wait to hear that.
    if (last === 'failed' || waiting >= maxWaiting) return false
    waiting += 1
    return lookWhenAllowed().finally(() => {
      waiting -= 1
    })
  }

  return {
    find: kid => (gone.has(kid) ? undefined : keys.get(kid)),
    isGone: kid => gone.has(kid),
    look: async kid => {
      const isGood = await lookFor(kid)
      return isGood && (keys.has(kid) || !heard.shown.includes(kid))
    },
    hear: names => {
      goodUntil = Math.max(goodUntil, stopwatch())
      // What the feed says may be some seconds older than a key that has just been fetched.
      const settled = [...keys.keys()].filter(kid => stopwatch() - (knownSince.get(kid) ?? 0) > brakeSeconds)
      const missing = [...gone, ...heard.accepted, ...settled].filter(kid => !names.accepted.includes(kid))
      gone = new Set(missing.slice(-maxGone))
      const isNews = names.shown.some(kid => !heard.shown.includes(kid) && !keys.has(kid))
      heard = names
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
