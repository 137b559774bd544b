// Sockets of Signet: as the client library of the protocol opens them, and message by message.
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { print } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { SessionEventsSubscription } from '../generated/graphql.js'
import { SessionEventsDocument } from '../generated/graphql.js'
import { eventually } from './eventually.js'
import type { World } from './world.js'

export interface Closing {
  readonly code: number
  readonly reason: string
}

type SessionEvent = SessionEventsSubscription['sessionEvents']

export interface Follower {
  /** What was told so far. */
  readonly events: SessionEvent[]
  /** Resolves when the subscription completes, or with what ended it. */
  readonly ended: Promise<unknown>
  readonly closed: Promise<Closing>
  leave(): Promise<void>
}

const addressOf = ({ url }: Pick<World, 'url'>): string => `${url.replace('http', 'ws')}/graphql`

const subscription = { query: print(SessionEventsDocument) }

/** Follows the session of a token, by the protocol's own client; resolves when the subscription has begun. */
export const follow = async (
  world: Pick<World, 'url'>,
  { accessToken }: { accessToken: string },
): Promise<Follower> => {
  const events: SessionEvent[] = []
  let pong = (): void => {}
  const ponged = new Promise<void>(resolve => {
    pong = resolve
  })
  let socket: WebSocket | null = null
  const client = createClient({
    url: addressOf(world),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${accessToken}` },
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {},
    on: { pong },
  })
  const closed = new Promise<Closing>(resolve => {
    client.on('closed', event => resolve(event as Closing))
  })
  const connected = new Promise<void>((resolve, reject) => {
    client.on('connected', opened => {
      socket = opened as WebSocket
      resolve()
    })
    void closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)))
  })
  const ended = new Promise<unknown>(resolve => {
    client.subscribe<SessionEventsSubscription>(subscription, {
      next: ({ data }) => {
        if (data) events.push(data.sessionEvents)
      },
      error: resolve,
      complete: () => resolve('complete'),
    })
  })
  await connected
  // Behind the subscription; when it is answered, that has been read.
  await setImmediate()
  ;(socket as WebSocket | null)?.send('{"type":"ping"}')
  await ponged
  return {
    events,
    ended,
    closed,
    leave: async () => {
      await client.dispose()
      await closed
    },
  }
}

export interface BareSocket {
  readonly socket: WebSocket
  /** Every message that came so far. */
  readonly messages: readonly { readonly type: string; readonly id?: string; readonly payload?: unknown }[]
  readonly closed: Promise<Closing>
  send(message: object | string | Uint8Array): void
  /** Presents a token and resolves when it is taken, or the socket closed. */
  init(parameters?: object): Promise<void>
  /** Subscribes; resolves when that was read. */
  subscribe(id: string, payload?: object): Promise<void>
  /** What came for an operation, once something did. */
  answerTo(id: string): Promise<{ readonly type: string; readonly payload?: unknown }>
  leave(): Promise<void>
}

/** Opens a socket that says only what it is told to; rejects with the status when it is refused. */
export const openSocket = async (
  world: Pick<World, 'url'>,
  {
    origin,
    protocol = 'graphql-transport-ws',
    autoPong = true,
  }: { origin?: string; protocol?: string; autoPong?: boolean } = {},
): Promise<BareSocket> => {
  const socket = new WebSocket(addressOf(world), protocol, { ...(origin && { origin }), autoPong })
  const messages: BareSocket['messages'][number][] = []
  socket.on('message', data => messages.push(JSON.parse(data.toString())))
  socket.on('error', () => {})
  const closed = new Promise<Closing>(resolve =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  )
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    void closed.then(({ code }) => reject(new Error(`closed with ${code}`)))
    socket.on('unexpected-response', (_, response) => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        reject({ status: response.statusCode, ...JSON.parse(`${Buffer.concat(chunks)}`) }),
      )
    })
  })
  const send: BareSocket['send'] = message =>
    socket.send(
      typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message),
    )
  const count = (type: string) => messages.filter(message => message.type === type).length
  const answered = async (type: string, ask: () => void): Promise<void> => {
    const before = count(type)
    ask()
    while (count(type) === before && socket.readyState === socket.OPEN) {
      await Promise.race([once(socket, 'message'), closed])
    }
  }
  return {
    socket,
    messages,
    closed,
    send,
    init: parameters =>
      answered('connection_ack', () => send({ type: 'connection_init', payload: parameters })),
    subscribe: (id, payload = subscription) =>
      answered('pong', () => {
        send({ type: 'subscribe', id, payload })
        send({ type: 'ping' })
      }),
    answerTo: id =>
      eventually(() => {
        const answer = messages.find(message => message.id === id)
        if (!answer) throw new Error(`nothing came for ${id}`)
        return answer
      }),
    leave: async () => {
      socket.close()
      await closed
    },
  }
}

/** What the metrics of a world say of its sockets. */
export const readSockets = async ({ metricsUrl }: World) => {
  const text = await (await fetch(metricsUrl ?? '')).text()
  const value = (name: string): number => {
    const line = text.split('\n').find(each => each.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1))
  }
  return {
    waiting: value('signet_sockets{state="waiting"}'),
    signedIn: value('signet_sockets{state="signed_in"}'),
    subscriptions: value('signet_subscriptions'),
  }
}
