// Hosts GraphQL on node:http: body in, context, answer out; by the fast lane where it knows the operation, else by Apollo.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApolloServer, HTTPGraphQLResponse } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import type { Context } from '../graphql/context.js'
import { createContext } from '../graphql/context.js'
import type { FastLane } from '../graphql/fast-lane.js'
import type { Services } from '../services.js'
import { answerError } from './answer.js'
import { readJsonBody } from './body.js'
import type { CookieSettings } from './cookies.js'
import { createRefreshCookie } from './cookies.js'
import { readDevice } from './device.js'
import { readPlainRequest } from './plain-request.js'

interface Needs {
  readonly apollo: ApolloServer<Context>
  /** Null where all go by Apollo. */
  readonly fastLane: FastLane | null
  readonly services: Services
  readonly cookies: CookieSettings
  readonly trustedProxies: number
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

const isAuthorization = (name: string): boolean =>
  name.length === 13 && name.toLowerCase() === 'authorization'

// As request.headersDistinct has it, which sorts all headers for that: node's own `headers` keeps the first alone.
const readAuthorization = ({ rawHeaders }: IncomingMessage): string[] =>
  rawHeaders.filter((_, place) => place % 2 === 1 && isAuthorization(rawHeaders[place - 1] ?? ''))

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
export const createGraphqlHandler = ({
  apollo,
  fastLane,
  services,
  cookies,
  trustedProxies,
}: Needs): GraphqlHandler => {
  const contextOf = (request: IncomingMessage, response: ServerResponse, requestId: string): Context =>
    createContext(
      services,
      readAuthorization(request),
      { requestId, device: () => readDevice(request, trustedProxies) },
      { refreshCookie: createRefreshCookie(cookies, request, response) },
    )

  return async (request, response, { search }, requestId) => {
    const { method = 'GET' } = request
    if (method !== 'GET' && method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      answerError(response, 405, 'METHOD_NOT_ALLOWED', 'Send operations by POST, or queries by GET.')
      return
    }
    const body = method === 'POST' ? await receiveBody(request, response) : undefined
    if (method === 'POST' && body === undefined) return
    let context: Context | null = null
    const plain = fastLane && readPlainRequest(request, body)
    if (fastLane && plain) {
      context = contextOf(request, response, requestId)
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
}
