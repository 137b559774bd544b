// The protocol graphql-transport-ws between sockets and subscriptions (GraphQL over WebSocket).
import { randomUUID } from 'node:crypto'

import { GraphQLError } from 'graphql'
import type { ConnectionInitMessage, Server } from 'graphql-ws'
import { CloseCode, makeServer } from 'graphql-ws'
import type { Subscriptions } from '../graphql/subscriptions.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Socket } from './socket.js'
import type { SocketCaller } from './socket-caller.js'

/** What the protocol knows of a socket. */
export interface SocketExtra {
  readonly caller: SocketCaller
}

type Parameters = ConnectionInitMessage['payload']

const maxSubscriptions = 10

// Named like a header, so its case does not matter, and two of them are refused like two headers.
const authorizationOf = (parameters: Parameters): string[] =>
  Object.entries(parameters ?? {})
    .filter(([name, value]) => name.toLowerCase() === 'authorization' && value != null)
    .map(([, value]) => String(value))

const tooMany = (): GraphQLError =>
  new GraphQLError(`A socket carries at most ${maxSubscriptions} subscriptions. Complete one first.`, {
    extensions: { code: 'BAD_REQUEST' },
  })

/** Makes the server of the protocol. */
export const createSocketProtocol = (
  { log }: { readonly log: Log },
  { prepare, tellErrors }: Subscriptions,
): Server<SocketExtra> => {
  const told = (errors: readonly GraphQLError[]) => tellErrors({ log, requestId: randomUUID() }, errors)
  return makeServer<NonNullable<Parameters>, SocketExtra>({
    onConnect: ({ connectionParams, extra: { caller } }) => caller.signIn(authorizationOf(connectionParams)),
    onSubscribe: ({ subscriptions: open, extra: { caller } }, _id, request) =>
      // Its own place is taken already.
      Object.keys(open).length > maxSubscriptions ? [tooMany()] : prepare(caller.createContext(), request),
    onNext: (_socket, _id, _request, _args, { data, errors }) => ({
      ...(data !== undefined && { data }),
      ...(errors && { errors: told(errors) }),
    }),
    onError: (_socket, _id, _request, errors) => told(errors),
  })
}

/** Speaks the protocol on a socket: takes what comes, and what to do when it is closed. */
export const speakProtocol = (
  { log, protocol }: { readonly log: Log; readonly protocol: Server<SocketExtra> },
  socket: Socket,
  extra: SocketExtra,
) => {
  let receive = async (_text: string): Promise<void> => {}
  const fail = (fault: unknown): void => {
    // The library throws for a message that only a server may send.
    if (fault instanceof Error && fault.message.startsWith('Unexpected message of type')) {
      socket.close(CloseCode.BadRequest, 'Invalid message received')
      return
    }
    log.error({ fault: describeFault(fault) }, 'unexpected fault at a socket')
    socket.close(CloseCode.InternalServerError, 'INTERNAL_SERVER_ERROR')
  }
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: socket.send,
      close: socket.close,
      onMessage: listener => {
        receive = listener
      },
    },
    extra,
  )
  return {
    receive: (text: string): void => void receive(text).catch(fail),
    closed: (code: number, reason: string): void => void closed(code, reason).catch(fail),
  }
}
