// Who holds a socket: the access token it was opened with, what it follows, and when that ends.
import { randomUUID } from 'node:crypto'
import { refusalOf } from '../access/require.js'
import type { Proof } from '../access/viewer.js'
import { authenticate } from '../access/viewer.js'
import type { SocketContext } from '../graphql/context.js'
import { createContext } from '../graphql/context.js'
import type { SignetError } from '../lib/errors.js'
import type { EventQueue } from '../lib/event-queue.js'
import { createEventQueue } from '../lib/event-queue.js'
import type { Services } from '../services.js'
import type { SessionEvent } from '../sessions/events.js'
import type { Device } from '../sessions/session.js'
import type { Socket } from './socket.js'

/** Codes that a socket is closed with, beside those of the protocols. */
export const closeCodes = { goingAway: 1001, tryAgainLater: 1013, unauthenticated: 4401 } as const

/** Who holds a socket. */
export interface SocketCaller {
  /** Whether the token that was presented lets its holder in; closes the socket when it does not. */
  signIn(authorization: readonly string[]): boolean
  /** What an operation of the caller gets; who asks is told anew from the token. */
  createContext(): SocketContext
  /** Called every second: closes the socket when its token counts no more. */
  check(): void
  /** How many subscriptions go on. */
  subscriptions(): number
  /** Ends all that was begun for the caller. */
  leave(): void
}

interface Needs {
  readonly services: Services
  readonly socket: Socket
  readonly device: Device
}

const maxSocketsOfUser = 100
const maxWaitingEvents = 100
const needsViewer = { viewer: 'required', roles: [] } as const

// A stale token opens no socket, but keeps the one it has: what is told there is the user's own.
const closingOf = ({ extensions }: SignetError): [code: number, reason: string] =>
  extensions.code === 'UNAUTHENTICATED'
    ? [closeCodes.unauthenticated, String(extensions.reason)]
    : [closeCodes.tryAgainLater, extensions.code]

/** Begins with a caller who has presented nothing yet. */
export const createSocketCaller = ({ services, socket, device }: Needs): SocketCaller => {
  const queues = new Set<EventQueue<SessionEvent>>()
  let authorization: readonly string[] = []
  let proof: Proof | null = null
  let unwatch = (): void => {}
  let isSignedOut = false

  const closeSignedOut = (): void => socket.close(closeCodes.unauthenticated, 'REVOKED')

  const followSession = () => {
    const queue = createEventQueue<SessionEvent>(maxWaitingEvents, () => {
      queues.delete(queue)
      // Behind the last event and the word that the subscription is complete.
      if (isSignedOut && queues.size === 0) setImmediate(closeSignedOut)
    })
    queues.add(queue)
    return queue.events
  }
  const tell = (event: SessionEvent): void => {
    isSignedOut = event.kind === 'signed-out'
    if (isSignedOut) unwatch()
    if (isSignedOut && queues.size === 0) closeSignedOut()
    for (const queue of [...queues]) {
      if (!queue.push(event)) socket.cut()
      if (isSignedOut) queue.end()
    }
  }

  return {
    signIn: presented => {
      const authentication = authenticate(services, presented)
      const refusal = refusalOf(authentication, needsViewer)
      if (refusal || authentication.kind !== 'viewer') {
        if (refusal) socket.close(...closingOf(refusal))
        return false
      }
      if (services.sessionEvents.count(authentication.viewer.userId) >= maxSocketsOfUser) {
        socket.close(closeCodes.tryAgainLater, 'RATE_LIMITED')
        return false
      }
      authorization = presented
      proof = authentication
      unwatch = services.sessionEvents.watch({
        proof,
        tell,
        refuse: () => socket.close(closeCodes.unauthenticated, 'REVOKED'),
      })
      return true
    },
    createContext: () =>
      createContext(services, authorization, {
        requestId: randomUUID(),
        device: () => device,
        followSession,
      }),
    check: () => {
      // A sign of life is asked for rarely enough to verify the whole token again: its key may have been withdrawn.
      const isDue = socket.beat()
      if (!proof) return
      if (isSignedOut) return closeSignedOut()
      if (services.stopwatch() > services.vouchesUntil())
        return socket.close(closeCodes.tryAgainLater, 'UNAVAILABLE')
      if (!isDue && proof.viewer.expiresAt > services.clock()) return
      const refusal = refusalOf(authenticate(services, authorization), needsViewer)
      if (refusal && refusal.extensions.reason !== 'STALE') socket.close(...closingOf(refusal))
    },
    subscriptions: () => queues.size,
    leave: () => {
      unwatch()
      for (const queue of [...queues]) void queue.events.return?.()
    },
  }
}
