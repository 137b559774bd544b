// Signet's public keys, kept as long as Signet allows and fetched anew in the background; the last good ones stay while
// Signet is away.
import { shareCalls } from '../lib/share-calls.js'
import type { VerificationKey } from '../tokens/verify.js'
import { fetchText } from './fetch-text.js'
import { parseJwks } from './jwks.js'
import type { Surroundings } from './options.js'
import { createReporter } from './report.js'

/** The keys in memory. */
export interface KeyCache {
  find(kid: string): VerificationKey | undefined
  /** Resolves when keys that are not known have been looked for, which is done at most every few seconds. */
  look(): Promise<void>
  /** Whether the last look succeeded: a key that is not known then is none of Signet's. */
  isCurrent(): boolean
  isOpen(): boolean
  /** Resolves with the first keys. */
  readonly opened: Promise<void>
  close(): void
}

const maxBytes = 64 * 1024
const fetchMilliseconds = 5_000
/** Unknown kids make no more than one request in so many seconds, however many come. */
const brakeSeconds = 5
const maxAge = { least: 10, most: 86_400, fallback: 300 }

const readMaxAge = (headers: Headers): number => {
  const given = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(headers.get('cache-control') ?? '')?.[1]
  return Math.min(Math.max(Number(given ?? maxAge.fallback), maxAge.least), maxAge.most)
}

/** Opens the cache: fetches at once, and again whenever what it has may be out of date. */
export const openKeyCache = (surroundings: Surroundings, url: string): KeyCache => {
  const { stopwatch, onFault } = surroundings
  const closing = new AbortController()
  const reporter = createReporter(`the keys at ${url}`, onFault)
  let keys: ReadonlyMap<string, VerificationKey> = new Map()
  let isCurrent = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let markOpened = (): void => {}
  const opened = new Promise<void>(resolve => {
    markOpened = resolve
  })

  let latest: Promise<void> = Promise.resolve()
  const refresh = (): void => {
    latest = run()
  }

  const fetchKeys = async (): Promise<number> => {
    const request = {
      headers: { accept: 'application/json' },
      maxBytes,
      milliseconds: fetchMilliseconds,
      signal: closing.signal,
    }
    const { headers, text } = await fetchText(surroundings, url, request)
    keys = parseJwks(text)
    return readMaxAge(headers)
  }

  const run = shareCalls(async () => {
    clearTimeout(timer)
    lookedAt = stopwatch()
    let nextSeconds = brakeSeconds
    try {
      nextSeconds = await fetchKeys()
      isCurrent = true
      reporter.succeeded()
      markOpened()
    } catch (fault) {
      isCurrent = false
      if (!closing.signal.aborted) reporter.failed(fault)
    }
    if (!closing.signal.aborted) timer = setTimeout(refresh, nextSeconds * 1000).unref()
  })
  refresh()

  return {
    find: kid => keys.get(kid),
    look: () => {
      if (stopwatch() - lookedAt >= brakeSeconds) refresh()
      return latest
    },
    isCurrent: () => isCurrent,
    isOpen: () => keys.size > 0,
    opened,
    close: () => {
      closing.abort()
      clearTimeout(timer)
    },
  }
}
