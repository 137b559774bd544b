// Follows the numbered records into memory. Whoever reads them, and however often, nothing is skipped: numbers are
// given in the order of commits, so that a record can be read once any higher number can.
import type { Listener } from '../engines/channel.js'
import type { Clock } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Denylist } from './denylist.js'
import type { FeedReader } from './store.js'
import { findLastNumber, findRevocationsAfter, skipNumbers } from './store.js'

/** How this instance hears of revocations, and makes them heard. */
export interface Feed {
  /** For the channel that listens. */
  readonly listener: Listener
  /** Reads what is new at once. Never throws: what it misses, the channel reads. */
  readNow(): Promise<void>
  /** Reads what is new at once and wakes the other instances. Never throws. */
  announce(): Promise<void>
}

interface Needs {
  readonly pool: FeedReader
  readonly clock: Clock
  readonly log: Log
  readonly denylist: Denylist
  /** A second way to wake other instances, beside the database's notices. */
  readonly wakeOthers: () => Promise<void>
}

const batch = 5_000
// Read again after every gap: a database that took over from another may have lost and given anew its last numbers.
const overlap = 1_000

/** Creates the follower of the feed. */
export const createFeed = ({ pool, clock, log, denylist, wakeOthers }: Needs): Feed => {
  let position = 0
  let lastReader: FeedReader | null = null

  const readNew = async (reader: FeedReader, from: number): Promise<void> => {
    for (let after = from, count = batch; count === batch; ) {
      const records = await findRevocationsAfter(reader, { after, limit: batch, now: clock() })
      for (const record of records) denylist.add(record)
      count = records.length
      after = records.at(-1)?.number ?? after
      position = Math.max(position, after)
    }
  }

  /** Where to read on after a gap; all anew where the database knows less than this instance does. */
  const findStart = async (reader: FeedReader): Promise<number> => {
    if ((await findLastNumber(reader)) >= position) return Math.max(0, position - overlap)
    log.warn('the database has lost its newest revocations; all that are left are read again')
    await skipNumbers(reader, position)
    return 0
  }

  const report = (error: unknown): void =>
    log.debug({ fault: describeFault(error) }, 'a revocation is left to the feed')

  const readNow = (): Promise<void> => readNew(pool, position).catch(report)

  return {
    listener: {
      name: 'signet_revocations',
      catchUp: async reader => {
        const from = reader === lastReader ? position : await findStart(reader)
        await readNew(reader, from)
        lastReader = reader
      },
    },
    readNow,
    announce: async () => {
      // Not waited for: whatever wakes the others may itself be stuck.
      wakeOthers().catch(report)
      await readNow()
    },
  }
}
