// The WebSockets of an instance: who may open one, and their end.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { Subscriptions } from '../graphql/subscriptions.js'
import type { Stopwatch } from '../lib/clock.js'
import type { Log } from '../lib/log.js'
import type { Metrics } from '../lib/metrics.js'
import type { Services } from '../services.js'
import { answerErrorOn } from './answer.js'
import { maxBodyBytes } from './body.js'
import { readDevice } from './device.js'
import type { Socket } from './socket.js'
import { guardSocket } from './socket.js'
import type { SocketCaller } from './socket-caller.js'
import { closeCodes, createSocketCaller } from './socket-caller.js'
import { createSocketProtocol, speakProtocol } from './socket-protocol.js'

/** The sockets of this instance. */
export interface Sockets {
  /** Opens a socket for a request that asks for one, or refuses it. */
  open(request: IncomingMessage, connection: Duplex, head: Buffer): void
  /** Says goodbye to all of them with 1001; resolves when they are closed, a second later at the most. */
  close(): Promise<void>
}

interface Needs {
  readonly log: Log
  readonly stopwatch: Stopwatch
  readonly metrics: Metrics
  readonly services: Services
  readonly subscriptions: Subscriptions
}

interface Settings {
  /** Browsers may open sockets from these only, Signet's own among them. */
  readonly origins: ReadonlySet<string>
  readonly trustedProxies: number
  readonly maxSockets: number
}

const checkMilliseconds = 1_000
const goodbyeMilliseconds = 1_000

/** Is ready to open sockets. */
export const createSockets = (needs: Needs, { origins, trustedProxies, maxSockets }: Settings): Sockets => {
  const { log, metrics, services } = needs
  const protocol = createSocketProtocol(needs, needs.subscriptions)
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory a socket, and lets a small message grow.
    perMessageDeflate: false,
    maxPayload: maxBodyBytes,
    handleProtocols,
  })
  const open = new Map<Socket, SocketCaller>()
  let onEmpty = (): void => {}

  server.on('wsClientError', (_error, connection) =>
    answerErrorOn(connection, 400, 'BAD_REQUEST', 'This opens no WebSocket of version 13.', {
      headers: { 'sec-websocket-version': '13' },
    }),
  )

  const begin = (webSocket: WebSocket, request: IncomingMessage): void => {
    const socket = guardSocket(needs, webSocket, {
      message: text => spoken.receive(text),
      closed: (code, reason) => {
        caller.leave()
        spoken.closed(code, reason)
        open.delete(socket)
        if (open.size === 0) onEmpty()
        log.debug({ code }, 'a socket was closed')
      },
    })
    const caller = createSocketCaller({ services, socket, device: readDevice(request, trustedProxies) })
    const spoken = speakProtocol({ log, protocol }, socket, { caller })
    open.set(socket, caller)
  }

  const checking = setInterval(() => {
    for (const caller of [...open.values()]) caller.check()
  }, checkMilliseconds)

  metrics.observeSockets(() => ({
    waiting: open.size - services.sessionEvents.count(),
    signedIn: services.sessionEvents.count(),
    subscriptions: [...open.values()].reduce((sum, caller) => sum + caller.subscriptions(), 0),
  }))

  const sayGoodbye = async (): Promise<void> => {
    clearInterval(checking)
    if (open.size === 0) return
    const emptied = new Promise<void>(resolve => {
      onEmpty = resolve
    })
    for (const socket of open.keys()) socket.close(closeCodes.goingAway, 'Signet is stopping')
    const impatience = setTimeout(() => {
      for (const socket of [...open.keys()]) socket.cut()
    }, goodbyeMilliseconds)
    await emptied
    clearTimeout(impatience)
  }

  return {
    open: (request, connection, head) => {
      const { origin } = request.headers
      connection.on('error', () => connection.destroy())
      if (origin !== undefined && !origins.has(origin)) {
        const message =
          'Sockets open only from an allowed origin. Its operator adds origins to SIGNET_ALLOWED_ORIGINS.'
        answerErrorOn(connection, 403, 'FORBIDDEN', message, { details: { reason: 'ORIGIN' } })
      } else if (open.size >= maxSockets) {
        answerErrorOn(connection, 503, 'UNAVAILABLE', 'There are too many sockets here. Try again shortly.', {
          headers: { 'retry-after': '2' },
          details: { retryAfterSeconds: 2 },
        })
      } else {
        server.handleUpgrade(request, connection, head, webSocket => begin(webSocket, request))
      }
    },
    close: sayGoodbye,
  }
}
