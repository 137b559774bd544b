// GET /metrics, for Prometheus: on a port of its own, or with a token on the main one. From memory, so that it answers
// while the database is down.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { challengeFor, readBearer } from '../lib/bearer.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Metrics } from '../lib/metrics.js'
import { equalDigests, sha256 } from '../lib/secrets.js'
import { allowsOnlyReading, answerError, setHeaders } from './answer.js'
import { createBoundedServer, readAddress, refuseUnreadable, securityHeaders } from './bounded-server.js'

/** The path of the metrics. */
export const metricsPath = '/metrics'

/** Answers a request for the metrics. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Makes the handler. With a token, only who sends it as a Bearer token is answered; everybody else gets a 401. */
export const createMetricsHandler = (
  { metrics }: { readonly metrics: Pick<Metrics, 'print'> },
  token: string | null,
): MetricsHandler => {
  const digest = token === null ? null : sha256(token)
  return async (request, response) => {
    const bearer = readBearer(request.headersDistinct.authorization ?? [])
    if (digest && !equalDigests(sha256(bearer.kind === 'token' ? bearer.token : ''), digest)) {
      response.setHeader('www-authenticate', challengeFor(bearer))
      answerError(
        response,
        401,
        'UNAUTHENTICATED',
        'Send the value of SIGNET_METRICS_TOKEN as a Bearer token.',
      )
      return
    }
    if (!allowsOnlyReading(request, response)) return
    const { contentType, text } = await metrics.print()
    response.setHeader('content-type', contentType)
    response.setHeader('cache-control', 'no-store')
    response.end(text)
  }
}

/** Makes a server that answers the metrics and nothing else. */
export const createMetricsServer = ({
  log,
  handler,
}: {
  readonly log: Log
  readonly handler: MetricsHandler
}): Server => {
  const fail = (response: ServerResponse, error: unknown): void => {
    log.error({ fault: describeFault(error) }, 'the metrics could not be told')
    if (response.headersSent) response.destroy()
    else answerError(response, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong here. It was logged.')
  }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = readAddress(request)
    if (!url) refuseUnreadable(response)
    else if (url.pathname === metricsPath)
      handler(request, response).catch((error: unknown) => fail(response, error))
    else
      answerError(response, 404, 'NOT_FOUND', `There is nothing at this path. Metrics are at ${metricsPath}.`)
  }
  return createBoundedServer((request, response) => {
    setHeaders(response, securityHeaders)
    answer(request, response)
  })
}
