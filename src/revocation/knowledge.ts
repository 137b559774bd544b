// What is known of revocations, in Signet and in a service that follows it, and since when one may have been missed.
//
// Several readings may be under way, such as of a stream and of a poll. Each begins at the last number known, adds what it
// is told, and completes: until then was everything told. When one of them finds that the database has lost what is
// known here, it starts anew: the new history is gathered aside while the old one still counts, and takes its place when
// the reading completes. A reading of the old history that is still under way may add to what counts, but can vouch
// for nothing any more.
import type { Clock, Stopwatch } from '../lib/clock.js'
import type { Denylist } from './denylist.js'
import { createDenylist } from './denylist.js'
import type { Revocation } from './revocation.js'

/** One reading of the feed, from a number on. */
export interface Reading {
  /** The last number that was known when the reading began. */
  readonly after: number
  /** Adds records; of a reading that tells all in between. */
  add(records: readonly Revocation[]): void
  /** What was known belongs to another history. It still counts until all of the new one has been read. */
  startAnew(): void
  /** Everything until a moment of the stopwatch was added. False: another reading began anew, and this one is void. */
  complete(at: number): boolean
}

/** What is known. */
export interface Knowledge extends Pick<Denylist, 'find' | 'count'> {
  begin(): Reading
  /** The number up to which everything was added. */
  position(): number
  /** For how long a revocation may have been missed; infinite before everything was read for the first time. */
  unheardSeconds(): number
  /** Resolves when everything was read for the first time. */
  readonly opened: Promise<void>
  /** Forgets a part of what has expired; to be called every second. */
  purge(): void
}

/** Creates the knowledge of nothing. */
export const createKnowledge = ({
  clock,
  stopwatch,
}: {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
}): Knowledge => {
  let known = createDenylist()
  let next: Denylist | null = null
  let position = 0
  let history = 0
  let heardAt = Number.NEGATIVE_INFINITY
  let markOpened = (): void => {}
  const opened = new Promise<void>(resolve => {
    markOpened = resolve
  })

  const begin = (): Reading => {
    // The history that this reading belongs to.
    let own = history
    return {
      after: position,
      add: records => {
        for (const record of records) {
          known.add(record)
          if (own !== history) continue
          next?.add(record)
          position = Math.max(position, record.number)
        }
      },
      startAnew: () => {
        own = ++history
        position = 0
        next = createDenylist()
      },
      complete: at => {
        if (own !== history) return false
        known = next ?? known
        next = null
        heardAt = Math.max(heardAt, Math.min(at, stopwatch()))
        markOpened()
        return true
      },
    }
  }
  return {
    begin,
    find: token => known.find(token),
    count: () => known.count(),
    position: () => position,
    unheardSeconds: () => stopwatch() - heardAt,
    opened,
    purge: () => {
      known.purge(clock())
      next?.purge(clock())
    },
  }
}
