// Hosts Apollo Server on node:http: body in, context, answer out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApolloServer, HTTPGraphQLResponse } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import type { Context } from '../graphql/context.js'
import { createContext } from '../graphql/context.js'
import type { Services } from '../services.js'
import { answerError } from './answer.js'
import { readJsonBody } from './body.js'
import type { CookieSettings } from './cookies.js'
import { createRefreshCookie } from './cookies.js'
import { readDevice } from './device.js'

interface Needs {
  readonly apollo: ApolloServer<Context>
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

/** Makes the handler of /graphql. */
export const createGraphqlHandler =
  ({ apollo, services, cookies, trustedProxies }: Needs): GraphqlHandler =>
  async (request, response, url, requestId) => {
    const { method = 'GET' } = request
    if (method !== 'GET' && method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      answerError(response, 405, 'METHOD_NOT_ALLOWED', 'Send operations by POST, or queries by GET.')
      return
    }
    let body: unknown
    if (method === 'POST') {
      const read = await readJsonBody(request)
      if (read.kind === 'aborted') return
      if (read.kind === 'refused') {
        // The rest is thrown away (until the server's time for a request is up): a connection closed on a client that
        // still sends is reset, and the answer lost with it.
        request.resume()
        answerError(response, read.status, 'BAD_REQUEST', read.message)
        return
      }
      body = read.value
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: toHeaderMap(request), search: url.search, body },
      context: async () =>
        createContext(services, {
          requestId,
          authorization: request.headersDistinct.authorization ?? [],
          device: readDevice(request, trustedProxies),
          refreshCookie: createRefreshCookie(cookies, request, response),
        }),
    })
    send(response, answer)
  }
