// Word of sign-ins from instance to instance, for those who watch the user's other sessions. It refuses nothing and may
// be lost: the list of sessions is the truth. A login never waits for it, and instances that nobody watches on look at
// no more than its text.
import type { Listener } from '../engines/channel.js'
import type { Sql } from '../engines/database.js'
import { describeFault } from '../lib/faults.js'
import { isId } from '../lib/ids.js'
import type { Log } from '../lib/log.js'
import type { SessionEvents } from './events.js'
import type { Session } from './session.js'
import { findSessionsById, notifySignIns, signInsChannel } from './store.js'

/** How this instance hears of sign-ins, and makes them heard. */
export interface SignIns {
  /** For the channel that listens. */
  readonly listener: Listener
  /** Tells every instance, a tenth of a second later. Never throws. */
  announce(session: Pick<Session, 'id' | 'userId'>): void
  /** Tells what is not told yet. */
  close(): Promise<void>
}

interface Needs {
  readonly pool: Sql
  readonly log: Log
  readonly sessionEvents: Pick<SessionEvents, 'count' | 'tellSignIn'>
}

// Every notice costs a commit that holds up all others that notify, and each instance a look: so a burst of logins
// shares a few. PostgreSQL takes 8,000 bytes at a time.
const gatherMilliseconds = 100
const mostInNotice = 100
// What is read at once; a user who signs in more often meanwhile is told of some.
const mostHeard = 1_000

/** Creates the messenger. */
export const createSignIns = ({ pool, log, sessionEvents }: Needs): SignIns => {
  let told: string[] = []
  let sending: NodeJS.Timeout | null = null
  const heard = new Set<string>()

  const send = async (): Promise<void> => {
    if (sending) clearTimeout(sending)
    sending = null
    const texts: string[] = []
    for (let at = 0; at < told.length; at += mostInNotice)
      texts.push(told.slice(at, at + mostInNotice).join(' '))
    told = []
    if (texts.length === 0) return
    await notifySignIns(pool, texts).catch((error: unknown) =>
      log.debug({ fault: describeFault(error) }, 'sign-ins were not told to other sessions'),
    )
  }

  return {
    listener: {
      name: signInsChannel,
      hear: text => {
        if (sessionEvents.count() === 0) return false
        for (const entry of text.split(' ')) {
          const [userId = '', sessionId = ''] = entry.split('/')
          if (sessionEvents.count(userId) > 0 && isId(sessionId) && heard.size < mostHeard)
            heard.add(sessionId)
        }
        return heard.size > 0
      },
      catchUp: async reader => {
        const ids = [...heard]
        if (ids.length === 0) return
        const sessions = await findSessionsById(reader, ids)
        for (const id of ids) heard.delete(id)
        sessions.forEach(sessionEvents.tellSignIn)
      },
    },
    announce: ({ id, userId }) => {
      told.push(`${userId}/${id}`)
      sending ??= setTimeout(() => void send(), gatherMilliseconds)
    },
    close: send,
  }
}
