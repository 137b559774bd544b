// The HTTP edge: the main server, and where each path goes.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import cors from 'cors'
import { describeFault } from '../lib/faults.js'
import { createRequestIds } from '../lib/ids.js'
import type { Log } from '../lib/log.js'
import { allowsOnlyReading, answerError, setHeaders } from './answer.js'
import {
  createBoundedServer,
  headersSetBy,
  readAddress,
  refuseUnreadable,
  securityHeaders,
} from './bounded-server.js'
import type { Explorer } from './explorer.js'
import type { Exchange, GraphqlHandler } from './graphql.js'
import type { Stage } from './health.js'
import { answerLive, answerReady } from './health.js'
import type { MetricsHandler } from './metrics.js'
import { metricsPath } from './metrics.js'
import { prefers } from './prefers.js'
import type { RevocationsHandler } from './revocations.js'
import { revocationsPath } from './revocations.js'
import type { Sockets } from './sockets.js'
import type { WellKnown } from './well-known.js'
import { opensWebSocket, serveWithoutUpgrade } from './without-upgrade.js'

/** What answers, once everything is open. */
export interface Handlers {
  readonly graphql: GraphqlHandler
  readonly sockets: Pick<Sockets, 'open'>
  readonly wellKnown: WellKnown
  readonly revocations: RevocationsHandler
  /** Null where the playground is off. */
  readonly explorer: Explorer | null
}

interface Needs {
  readonly log: Log
  /** Read at every request: the server listens before its handlers are there. */
  readonly handlers: () => Handlers | null
  readonly stage: () => Stage
  /** Null where this server does not tell them. */
  readonly metrics: MetricsHandler | null
  /** Origins that may read answers with credentials; exact, never reflected. */
  readonly allowedOrigins: readonly string[]
}

/** The path of the GraphQL endpoint. */
export const graphqlPath = '/graphql'

const route = async ({ handlers: current, stage, metrics }: Needs, exchange: Exchange): Promise<void> => {
  const { request, response, url, unsetHeaders } = exchange
  const { pathname } = url
  setHeaders(response, unsetHeaders)
  if (pathname === '/health/live') return answerLive(response)
  if (pathname === '/health/ready') return answerReady(response, stage())
  if (metrics && pathname === metricsPath) return metrics(request, response)
  const handlers = current()
  if (!handlers) {
    response.setHeader('retry-after', '1')
    response.setHeader('connection', 'close')
    return answerError(response, 503, 'UNAVAILABLE', 'Signet is starting or stopping. Try again shortly.', {
      retryAfterSeconds: 1,
    })
  }
  const { graphql, wellKnown, revocations, explorer } = handlers
  if (explorer && (pathname === '/' || (pathname === graphqlPath && prefers(request, 'text/html')))) {
    if (allowsOnlyReading(request, response)) explorer.servePage(response)
    return
  }
  if (pathname === graphqlPath) return graphql({ ...exchange, unsetHeaders: [] })
  if (pathname === revocationsPath) return revocations(request, response, url)
  if (wellKnown(request, response, pathname)) return
  if (explorer?.serveAsset(pathname, request, response)) return
  answerError(response, 404, 'NOT_FOUND', `There is nothing at this path. GraphQL is at ${graphqlPath}.`)
}

// The path without its query: who puts a token there shall not find it in a log.
const logAnswer = (log: Log, request: IncomingMessage, response: ServerResponse, requestId: string): void => {
  const path = request.url?.split('?', 1)[0]
  response.on('close', () =>
    log.debug({ requestId, method: request.method, path, status: response.statusCode }, 'answered'),
  )
}

/** Makes the server; it answers health from the moment it listens, and the rest once its handlers are there. */
export const createHttpServer = (needs: Needs): Server => {
  const newRequestId = createRequestIds()
  const shared = cors({
    origin: needs.allowedOrigins.slice(),
    credentials: true,
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'],
    exposedHeaders: ['www-authenticate', 'x-request-id', 'retry-after'],
    maxAge: 600,
  })
  // Of answers of GraphQL, by origin. A foreign one learns nothing, not even which headers are allowed.
  const sharedHeaders = new Map(
    needs.allowedOrigins.map(origin => [origin, [...securityHeaders, ...headersSetBy(shared, { origin })]]),
  )
  const foreignHeaders = [...securityHeaders, 'vary', 'Origin']

  const fail = ({ response, requestId, unsetHeaders }: Exchange, error: unknown): void => {
    needs.log.error({ requestId, fault: describeFault(error) }, 'unexpected fault at the HTTP edge')
    if (response.headersSent) {
      response.destroy()
      return
    }
    setHeaders(response, unsetHeaders)
    answerError(
      response,
      500,
      'INTERNAL_SERVER_ERROR',
      `Something went wrong here. It was logged under ${requestId}.`,
    )
  }

  const answer = (exchange: Exchange): void => {
    const { request, url } = exchange
    const isOperation = request.method === 'POST' && url.pathname === graphqlPath
    // Straight to the handler, which sets the headers itself.
    const graphql = isOperation ? needs.handlers()?.graphql : undefined
    const answered = graphql ? graphql(exchange) : route(needs, exchange)
    answered.catch((fault: unknown) => fail(exchange, fault))
  }

  const answerPreflight = (exchange: Exchange): void => {
    const { request, response, unsetHeaders } = exchange
    setHeaders(response, unsetHeaders)
    shared(request, response, (error?: unknown) => fail(exchange, error))
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = newRequestId()
    if (needs.log.isLevelEnabled('debug')) logAnswer(needs.log, request, response, requestId)
    const url = readAddress(request)
    const isGraphql = url?.pathname === graphqlPath
    const forOrigin = isGraphql ? sharedHeaders.get(request.headers.origin ?? '') : undefined
    const always = forOrigin ?? (isGraphql ? foreignHeaders : securityHeaders)
    const unsetHeaders = ['x-request-id', requestId, ...always]
    if (!url) {
      setHeaders(response, unsetHeaders)
      refuseUnreadable(response)
      return
    }
    const exchange = { request, response, url, requestId, unsetHeaders }
    if (forOrigin && request.method === 'OPTIONS') answerPreflight(exchange)
    else answer(exchange)
  }

  const server = createBoundedServer(handle)
  server.on('upgrade', (request, connection, head) => {
    const handlers = needs.handlers()
    if (handlers && opensWebSocket(request) && readAddress(request)?.pathname === graphqlPath)
      handlers.sockets.open(request, connection, head)
    else serveWithoutUpgrade(server, request, connection, head)
  })
  return server
}
