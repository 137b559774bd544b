// The open streams of the revocation feed. They are fed by what this instance reads for itself: no query per follower,
// but for what it missed before it came.
import type { ServerResponse } from 'node:http'
import type { Channel } from '../engines/channel.js'
import type { Keyring } from '../keys/keyring.js'
import type { KeySettings } from '../keys/lifecycle.js'
import type { Stopwatch } from '../lib/clock.js'
import { unavailable } from '../lib/errors.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Feed } from '../revocation/feed.js'
import type { ReadFeed } from '../revocation/read.js'
import { toPublicRecord } from '../revocation/read.js'
import type { Revocation } from '../revocation/revocation.js'
import type { EventStream } from './event-stream.js'
import { beginEventStream, createEventStream, eventText } from './event-stream.js'

/** What streams are fed from. */
export interface FeedStreamNeeds {
  readonly log: Log
  readonly stopwatch: Stopwatch
  readonly feed: Pick<Feed, 'follow' | 'newest'>
  readonly channel: Pick<Channel, 'isHeard' | 'heardAt'>
  readonly readFeed: ReadFeed
  readonly clients: { isLive(id: string): boolean }
  readonly keyring: Pick<Keyring, 'freshKids'>
  readonly keySettings: Pick<KeySettings, 'accessTokenSeconds'>
}

/** All open streams of this instance. */
export interface FeedStreams {
  /**
   * Answers with a stream; false, and no answer, where the client has too many. Rejects before anything is sent, with
   * UNAVAILABLE once all are ended.
   */
  open(response: ServerResponse, clientId: string, after: number): Promise<boolean>
  /** Ends all of them, in order. */
  close(): void
}

interface Follower {
  readonly clientId: string
  readonly openedAt: number
  readonly stream: EventStream
}

const maxStreamsOfClient = 100
const beatMilliseconds = 2_000
// Two stopwatches drift apart, and a follower compares them: it comes again before that matters.
const maxStreamSeconds = 3_600
const batch = 1_000

const toText = (records: readonly Revocation[]): string =>
  records.map(record => eventText(toPublicRecord(record), { id: record.number })).join('')

/** Begins to feed streams; there are none yet. */
export const createFeedStreams = (needs: FeedStreamNeeds): FeedStreams => {
  const { log, stopwatch, feed, channel, readFeed, clients, keyring, keySettings } = needs
  const followers = new Set<Follower>()
  let isClosed = false

  const endAll = (): void => {
    for (const { stream } of followers) stream.end()
  }
  feed.follow({
    tell: records => {
      if (followers.size === 0) return
      const text = toText(records)
      for (const { stream } of followers) stream.pass(text)
    },
    // They come again, and are told to start anew then, if they have to.
    startAnew: endAll,
  })

  // By this stopwatch, everything until `heardUntil` has been told before this event. While the database is not heard
  // there is none, and followers know that they may have missed something.
  const heartbeat = (): string =>
    eventText(
      {
        newest: feed.newest(),
        now: stopwatch(),
        heardUntil: channel.heardAt(),
        kids: keyring.freshKids(),
        accessTokenSeconds: keySettings.accessTokenSeconds,
      },
      { event: 'heartbeat' },
    )
  const beat = (follower: Follower): void => {
    if (!clients.isLive(follower.clientId) || stopwatch() - follower.openedAt > maxStreamSeconds) {
      follower.stream.end()
    } else if (channel.isHeard() && follower.stream.isCaughtUp()) {
      follower.stream.pass(heartbeat())
    }
  }
  const beating = setInterval(() => followers.forEach(beat), beatMilliseconds).unref()

  const tell = async (response: ServerResponse, follower: Follower, after: number): Promise<void> => {
    const { stream } = follower
    const now = stopwatch()
    let page = await readFeed({ after, limit: batch })
    beginEventStream(response)
    await stream.write(eventText({ now }, { event: 'hello' }))
    if (page.startAnew) await stream.write(eventText({ newest: page.newest }, { event: 'start-anew' }))
    for (;;) {
      await stream.write(toText(page.records))
      const last = page.records.at(-1)
      if (!page.more || !last || !stream.isOpen()) break
      page = await readFeed({ after: last.number, limit: batch })
    }
    stream.markCaughtUp()
    beat(follower)
  }

  return {
    open: async (response, clientId, after) => {
      if (isClosed) throw unavailable(new Error('the streams of this instance are closed'))
      if (response.destroyed) return true
      const own = [...followers].filter(follower => follower.clientId === clientId)
      if (own.length >= maxStreamsOfClient) return false
      const follower = { clientId, openedAt: stopwatch(), stream: createEventStream(response) }
      followers.add(follower)
      response.once('close', () => followers.delete(follower))
      try {
        await tell(response, follower, after)
      } catch (fault) {
        followers.delete(follower)
        if (!response.headersSent) throw fault
        log.debug({ fault: describeFault(fault) }, 'a follower of revocations is left to come again')
        response.destroy()
      }
      return true
    },
    close: () => {
      isClosed = true
      clearInterval(beating)
      endAll()
    },
  }
}
