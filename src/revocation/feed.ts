// Follows the numbered records into memory. Whoever reads them, and however often, nothing is skipped: numbers are
// given in the order of commits, so that all records below one that can be read can be read.
import type { Listener } from '../engines/channel.js'
import type { Sql } from '../engines/database.js'
import type { Clock, Stopwatch } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import { shareNextCall } from '../lib/share-calls.js'
import type { Knowledge, Reading } from './knowledge.js'
import type { Revocation } from './revocation.js'
import { findFeedEnd, findRevocationsAfter } from './store.js'

/** Who is told what happens to the feed. */
export interface FeedFollower {
  /** Takes records, as they are read. When one is told, all of lower numbers were. */
  readonly tell: (records: readonly Revocation[]) => void
  /** The database has lost some of what was told: all that there is follows, from the first on. */
  readonly startAnew?: () => void
}

/** How this instance hears of revocations, and makes them heard. */
export interface Feed {
  /** For the channel that listens. */
  readonly listener: Listener
  /** Reads what can be read at this moment. Never throws: what it misses, the channel reads. */
  readNow(): Promise<void>
  /** The same, and tells the other instances. Never throws. */
  announce(): Promise<void>
  /** Tells from now on. */
  follow(follower: FeedFollower): void
  /** The number of the newest record that was read. */
  newest(): number
}

interface Needs {
  readonly pool: Sql
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly log: Log
  readonly knowledge: Pick<Knowledge, 'begin' | 'position'>
  /** A second way to tell other instances, beside the database's notices. */
  readonly tellOthers: () => Promise<void>
}

const batch = 5_000

/** Creates the follower of the feed. */
export const createFeed = ({ pool, clock, stopwatch, log, knowledge, tellOthers }: Needs): Feed => {
  const followers: FeedFollower[] = []

  // A standby that took over may have lost the newest records, and a backup may have been put back. Tokens that are
  // issued since then do not know the lost ones, and would be refused.
  const startAnew = (reading: Reading): void => {
    log.warn('the database has lost revocations that were known; all that it has are read again')
    reading.startAnew()
    for (const follower of followers) follower.startAnew?.()
  }

  const read = async (reader: Sql, isAfterGap: boolean): Promise<void> => {
    const at = stopwatch()
    const reading = knowledge.begin()
    if (isAfterGap && !(await findFeedEnd(reader, reading.after)).isKnown) startAnew(reading)
    let after = isAfterGap ? knowledge.position() : reading.after
    for (let count = batch; count === batch; ) {
      const records = await findRevocationsAfter(reader, { after, limit: batch, now: clock() })
      reading.add(records)
      count = records.length
      after = records.at(-1)?.number ?? after
      if (count > 0) for (const { tell } of followers) tell(records)
    }
    reading.complete(at)
  }

  const readNow = shareNextCall(() =>
    read(pool, false).catch((error: unknown) =>
      log.debug({ fault: describeFault(error) }, 'revocations could not be read at once; the channel will'),
    ),
  )

  return {
    listener: { name: 'signet_revocations', catchUp: read },
    readNow,
    announce: async () => {
      // Not waited for: it may be stuck, and the database's notice is on its way.
      tellOthers().catch((error: unknown) =>
        log.debug({ fault: describeFault(error) }, 'other instances will hear by the database alone'),
      )
      await readNow()
    },
    follow: follower => void followers.push(follower),
    newest: knowledge.position,
  }
}
