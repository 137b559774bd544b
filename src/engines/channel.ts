// A connection of its own that listens (LISTEN/NOTIFY). Notices are hints and may be lost: after every gap, and now and
// then, its listeners read the tables, which are the truth. It knows at any moment since when it may have missed one.
import { randomUUID } from 'node:crypto'
import type { ClientConfig, Pool } from 'pg'
import { Client } from 'pg'
import type { Stopwatch } from '../lib/clock.js'
import { sleep } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import { faultMessage } from './fault-code.js'
import { ping } from './ping.js'

/** Who is told of notices under a name. */
export interface Listener {
  readonly name: string
  /**
   * Reads what is new: when a connection opens (something may have been missed before it), at every notice, and now and
   * then. One call at a time. A rejection ends the connection, and the next one begins with another call.
   */
  readonly catchUp: (reader: Pick<Client, 'query'>, isAfterGap: boolean) => Promise<void>
  /** Takes what a notice says, and tells whether to catch up with it. Without this, only notices that say nothing count. */
  readonly hear?: (payload: string) => boolean
}

/** An open channel; it reconnects by itself. */
export interface Channel {
  /** Whether the connection stands and its listeners have read all there was. */
  isHeard(): boolean
  /** Until when, by the stopwatch, nothing can have been missed; a second ago or less while all is well. */
  heardAt(): number
  /** Resolves when the listeners have read everything for the first time; rejects when that takes over a minute. */
  readonly opened: Promise<void>
  close(): Promise<void>
}

interface Needs {
  readonly log: Log
  readonly stopwatch: Stopwatch
  /** Other connections to the same database: a notice sent on the one that listens would prove nothing. */
  readonly pool: Pick<Pool, 'query'>
}

const connectMilliseconds = 3_000
const queryMilliseconds = 5_000
const beatMilliseconds = 1_000
const retryMilliseconds = 250
const openMilliseconds = 60_000
// How often the tables are read without a notice: rarely where one has just arrived, and else (a pooler in between may
// swallow them) as often as it takes for everything to be known within a second.
const pollMilliseconds = { heard: 30_000, unheard: 500 }

const connect = async (connection: ClientConfig): Promise<Client> => {
  const client = new Client({
    ...connection,
    application_name: 'signet feed',
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: queryMilliseconds,
    query_timeout: queryMilliseconds + 500,
    keepAlive: true,
  })
  // Heard by whoever waits for an answer; unheard, it would end the process.
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Lets one listener read that is due, or else asks for a sign of life. */
const hear = async (client: Client, due: Set<Listener>, missed: Set<Listener>): Promise<void> => {
  const [listener] = due
  if (!listener) return ping(client)
  due.delete(listener)
  await listener.catchUp(client, missed.has(listener))
  missed.delete(listener)
}

/** A pause that can be cut short. */
const createPause = () => {
  let end = (): void => {}
  return {
    take: (milliseconds: number): Promise<void> =>
      new Promise(resolve => {
        const timer = setTimeout(resolve, milliseconds)
        end = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    end: (): void => end(),
  }
}

const concerns = (listener: Listener, channel: string, payload = ''): boolean =>
  listener.name === channel && (payload === '' || (listener.hear?.(payload) ?? false))

/** Opens a channel. It never throws: what goes wrong is logged and tried again. */
export const openChannel = (
  { log, stopwatch, pool }: Needs,
  connection: ClientConfig,
  listeners: readonly Listener[],
): Channel => {
  let closed = false
  let heard = false
  let heardAt = stopwatch()
  let lastFault: unknown = null
  let end = (): void => {}
  let markOpened = (): void => {}
  const opened = new Promise<void>((resolve, reject) => {
    const impatience = setTimeout(
      () => reject(new StartError(`No notices are heard from the database: ${faultMessage(lastFault)}.`)),
      openMilliseconds,
    )
    markOpened = () => {
      clearTimeout(impatience)
      resolve()
    }
  })
  opened.catch(() => {})

  const note = (startedAt: number): void => {
    heard = true
    heardAt = startedAt
    lastFault = null
    markOpened()
  }

  const listen = async (client: Client): Promise<void> => {
    const probe = randomUUID()
    const missed = new Set(listeners)
    const due = new Set(listeners)
    let pollEvery = pollMilliseconds.unheard
    let isOver = false
    const pause = createPause()
    client.on('notification', ({ channel, payload }) => {
      if (payload === probe) pollEvery = pollMilliseconds.heard
      for (const listener of listeners) if (concerns(listener, channel, payload)) due.add(listener)
      // What concerns nobody here costs no look at the database.
      if (due.size > 0) pause.end()
    })
    end = () => {
      isOver = true
      pause.end()
    }
    client.on('end', end)
    for (const { name } of listeners) await client.query(`LISTEN ${client.escapeIdentifier(name)}`)

    let polledAt = Number.NEGATIVE_INFINITY
    while (!isOver && !closed) {
      const startedAt = stopwatch()
      await hear(client, due, missed)
      if (due.size > 0) continue
      note(startedAt)
      if ((stopwatch() - polledAt) * 1000 >= pollEvery) {
        polledAt = stopwatch()
        for (const each of listeners) due.add(each)
        // Whether notices still arrive is found out anew each time.
        pollEvery = pollMilliseconds.unheard
        pool.query('SELECT pg_notify($1, $2)', [listeners[0]?.name, probe]).catch(() => {})
      }
      await pause.take(Math.min(beatMilliseconds, pollEvery))
    }
    throw new Error('the connection ended')
  }

  const run = async (): Promise<void> => {
    while (!closed) {
      let client: Client | null = null
      try {
        client = await connect(connection)
        await listen(client)
      } catch (error) {
        // Once an outage: it is tried again several times a second.
        if (!closed && lastFault === null)
          log.warn({ fault: describeFault(error) }, 'no notices are heard; trying again')
        lastFault = error
      }
      heard = false
      // Not awaited: a connection that is stuck does not end either.
      client?.end().catch(() => {})
      if (!closed) await sleep(retryMilliseconds)
    }
    markOpened()
  }
  const running = run()

  return {
    isHeard: () => heard,
    heardAt: () => heardAt,
    opened,
    close: async () => {
      closed = true
      end()
      await running
    },
  }
}
