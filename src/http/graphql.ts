// Hosts GraphQL on node:http: body in, context, answer out; by the fast lane where it knows the operation, else by Apollo.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApolloServer, BaseContext, HTTPGraphQLResponse } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import type { FastLane } from '../graphql/fast-lane.js'
import { answerError, setHeaders } from './answer.js'
import type { Body } from './body.js'
import { readJsonBody } from './body.js'
import { readPlainRequest } from './plain-request.js'

/** Makes the context of one request. */
export type ContextOf<C extends BaseContext> = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => C

interface Needs<C extends BaseContext> {
  readonly apollo: ApolloServer<C>
  /** Null where all go by Apollo. */
  readonly fastLane: FastLane<C> | null
  readonly contextOf: ContextOf<C>
}

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly requestId: string
  /**
   * Headers of every answer, names and values in turn, that whoever answers has yet to set. Writing them all at once
   * takes a fraction of the time that `setHeader` takes for each.
   */
  readonly unsetHeaders: readonly string[]
}

/** Answers one request for GraphQL. */
export type GraphqlHandler = (exchange: Exchange) => Promise<void>

const toHeaderMap = (request: IncomingMessage): HeaderMap => {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

// `end` with a body writes the body and, to hear when it is out, nothing after it: two pieces, for which node asks for memory
// at each answer. As text, not as bytes: node puts it and the headers into one write.
const endWith = (response: ServerResponse, body: string): void => {
  const { socket } = response
  // Null where another answer on this connection comes first.
  if (!socket || socket.writableCorked > 0) {
    response.end(body)
    return
  }
  socket.cork()
  response.write(body)
  socket.uncork()
  response.end()
}

const send = (
  { response, unsetHeaders }: Exchange,
  status: number,
  headers: readonly string[],
  body: string,
): void => {
  const length = String(Buffer.byteLength(body))
  // Every answer may carry tokens or what only its viewer may see.
  const all = [...unsetHeaders, ...headers, 'cache-control', 'no-store', 'content-length', length]
  response.writeHead(status, all)
  endWith(response, body)
}

const sendApollos = (exchange: Exchange, { status = 200, headers, body }: HTTPGraphQLResponse): void => {
  // Only @defer and @stream answer in pieces, and this schema has neither.
  if (body.kind !== 'complete') throw new TypeError('an answer in pieces')
  const own: string[] = []
  for (const [name, value] of headers) {
    if (name !== 'cache-control' && name !== 'content-length') own.push(name, value)
  }
  send(exchange, status, own, body.string)
}

const refuseMethod = ({ response, unsetHeaders }: Exchange): void => {
  setHeaders(response, [...unsetHeaders, 'allow', 'GET, POST'])
  answerError(response, 405, 'METHOD_NOT_ALLOWED', 'Send operations by POST, or queries by GET.')
}

const refuse = (
  { request, response, unsetHeaders }: Exchange,
  body: Exclude<Body, { kind: 'parsed' }>,
): void => {
  if (body.kind === 'aborted') return
  setHeaders(response, unsetHeaders)
  // The rest is thrown away (until the server's time for a request is up): a connection closed on a client that still
  // sends is reset, and the answer lost with it.
  request.resume()
  answerError(response, body.status, 'BAD_REQUEST', body.message)
}

const noBody: Body = { kind: 'parsed', value: undefined }

/** Makes the handler of /graphql. */
export const createGraphqlHandler = <C extends BaseContext>({
  apollo,
  fastLane,
  contextOf,
}: Needs<C>): GraphqlHandler => {
  const askApollo = async (exchange: Exchange, body: unknown, newContext: () => C): Promise<void> => {
    const { request, url } = exchange
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? 'GET',
        headers: toHeaderMap(request),
        search: url.search,
        body,
      },
      context: async () => newContext(),
    })
    sendApollos(exchange, answer)
  }

  return async exchange => {
    const { request, response, requestId } = exchange
    const { method } = request
    if (method !== 'GET' && method !== 'POST') return refuseMethod(exchange)
    const body = method === 'POST' ? await readJsonBody(request) : noBody
    if (body.kind !== 'parsed') return refuse(exchange, body)
    const newContext = (): C => contextOf(request, response, requestId)
    const plain = fastLane && readPlainRequest(request, body.value)
    if (!fastLane || !plain) return askApollo(exchange, body.value, newContext)
    const context = newContext()
    const told = fastLane.answer(plain, context)
    // Not awaited where it is there: all that is ready would go first.
    const answer = told instanceof Promise ? await told : told
    if (answer === null) return askApollo(exchange, body.value, () => context)
    send(exchange, 200, ['content-type', plain.contentType], answer)
  }
}
