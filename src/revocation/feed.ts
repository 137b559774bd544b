// Follows the numbered records into memory. Whoever reads them, and however often, nothing is skipped: numbers are
// given in the order of commits, so that all records below one that can be read can be read.
import type { Listener } from '../engines/channel.js'
import type { Clock } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import { shareNextCall } from '../lib/share-calls.js'
import type { Denylist } from './denylist.js'
import type { Revocation } from './revocation.js'
import type { FeedReader } from './store.js'
import { findLastNumber, findRevocationsAfter } from './store.js'

/** How this instance hears of revocations, and makes them heard. */
export interface Feed {
  /** For the channel that listens. */
  readonly listener: Listener
  /** Reads what can be read at this moment. Never throws: what it misses, the channel reads. */
  readNow(): Promise<void>
  /** The same, and tells the other instances. Never throws. */
  announce(): Promise<void>
  /**
   * Tells of every record, as it is read, from now on. After a gap some come again; when one is told, all of lower
   * numbers were.
   */
  follow(tell: (records: readonly Revocation[]) => void): void
  /** The number of the newest record that was read. */
  newest(): number
}

interface Needs {
  readonly pool: FeedReader
  readonly clock: Clock
  readonly log: Log
  readonly denylist: Pick<Denylist, 'add'>
  /** A second way to tell other instances, beside the database's notices. */
  readonly tellOthers: () => Promise<void>
}

const batch = 5_000
// Read again after every gap: a standby that took over may have lost the newest, and has given others since.
const overlap = 1_000

/** Creates the follower of the feed. */
export const createFeed = ({ pool, clock, log, denylist, tellOthers }: Needs): Feed => {
  // Every record up to here is known.
  let position = 0
  const followers: ((records: readonly Revocation[]) => void)[] = []

  const readFrom = async (reader: FeedReader, start: number): Promise<void> => {
    for (let after = start, count = batch; count === batch; ) {
      const records = await findRevocationsAfter(reader, { after, limit: batch, now: clock() })
      for (const record of records) denylist.add(record)
      count = records.length
      after = records.at(-1)?.number ?? after
      position = Math.max(position, after)
      if (count > 0) for (const tell of followers) tell(records)
    }
  }

  /** Where to read on after a gap; all anew where the database knows less than this instance does. */
  const findStart = async (reader: FeedReader): Promise<number> => {
    const known = position
    if ((await findLastNumber(reader)) >= known) return Math.max(0, known - overlap)
    log.warn('the database has lost its newest revocations; all that are left are read again')
    // Should the reading break off, the next one begins here too.
    position = 0
    return 0
  }

  const readNow = shareNextCall(() =>
    readFrom(pool, position).catch((error: unknown) =>
      log.debug({ fault: describeFault(error) }, 'revocations could not be read at once; the channel will'),
    ),
  )

  return {
    listener: {
      name: 'signet_revocations',
      catchUp: async (reader, isAfterGap) =>
        readFrom(reader, isAfterGap ? await findStart(reader) : position),
    },
    readNow,
    announce: async () => {
      // Not waited for: it may be stuck, and the database's notice is on its way.
      tellOthers().catch((error: unknown) =>
        log.debug({ fault: describeFault(error) }, 'other instances will hear by the database alone'),
      )
      await readNow()
    },
    follow: tell => void followers.push(tell),
    newest: () => position,
  }
}
