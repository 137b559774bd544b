// Hosts GraphQL on node:http: body in, context, answer out; by the fast lane where it knows the operation, else by Apollo.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApolloServer, BaseContext, HTTPGraphQLResponse } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import type { FastLane } from '../graphql/fast-lane.js'
import { answerError } from './answer.js'
import { readJsonBody } from './body.js'
import { readPlainRequest } from './plain-request.js'

/** Makes the context of one request. */
export type ContextOf<C extends BaseContext> = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => C | Promise<C>

interface Needs<C extends BaseContext> {
  readonly apollo: ApolloServer<C>
  /** Null where all go by Apollo. */
  readonly fastLane: FastLane<C> | null
  readonly contextOf: ContextOf<C>
}

/** Answers one request for GraphQL. */
export type GraphqlHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  requestId: string,
) => Promise<void>

const toHeaderMap = (request: IncomingMessage): HeaderMap => {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

const send = (response: ServerResponse, answer: HTTPGraphQLResponse): void => {
  // Only @defer and @stream answer in pieces, and this schema has neither.
  if (answer.body.kind !== 'complete') throw new TypeError('an answer in pieces')

  for (const [name, value] of answer.headers) response.setHeader(name, value)
  // Every answer may carry tokens or what only its viewer may see.
  response.setHeader('cache-control', 'no-store')
  response.statusCode = answer.status ?? 200
  response.end(answer.body.string)
}

/** The body of a POST; undefined where the request has been answered, or there is nobody to answer. */
const receiveBody = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
  const body = await readJsonBody(request)
  if (body.kind === 'parsed') return body.value
  if (body.kind === 'refused') {
    // The rest is thrown away (until the server's time for a request is up): a connection closed on a client that
    // still sends is reset, and the answer lost with it.
    request.resume()
    answerError(response, body.status, 'BAD_REQUEST', body.message)
  }
  return undefined
}

/** Makes the handler of /graphql. */
export const createGraphqlHandler =
  <C extends BaseContext>({ apollo, fastLane, contextOf }: Needs<C>): GraphqlHandler =>
  async (request, response, { search }, requestId) => {
    const { method = 'GET' } = request
    if (method !== 'GET' && method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      answerError(response, 405, 'METHOD_NOT_ALLOWED', 'Send operations by POST, or queries by GET.')
      return
    }
    const body = method === 'POST' ? await receiveBody(request, response) : undefined
    if (method === 'POST' && body === undefined) return
    let context: C | null = null
    const plain = fastLane && readPlainRequest(request, body)
    if (fastLane && plain) {
      context = await contextOf(request, response, requestId)
      const answer = await fastLane.answer(plain, context)
      if (answer !== null) {
        response.setHeader('cache-control', 'no-store')
        response.setHeader('content-type', plain.contentType)
        response.end(answer)
        return
      }
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: toHeaderMap(request), search, body },
      context: async () => context ?? contextOf(request, response, requestId),
    })
    send(response, answer)
  }
