// What every port of Signet has: limits on clients that send slowly or badly, and headers that let a browser do nothing
// with an answer that the answer does not ask for.
import type { RequestListener, Server } from 'node:http'
import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'
import { createRecentMap } from '../lib/recent-map.js'
import { answerError, answerMalformed } from './answer.js'

/** Sets headers of an answer, as express has it. */
type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * What a middleware sets on the answer to a POST with such headers: names and values in turn. Asked once for what is
 * always the same.
 */
export const headersSetBy = (
  middleware: Middleware,
  headers: Readonly<Record<string, string>> = {},
): string[] => {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'POST', headers })
  const blank = new ServerResponse(request)
  middleware(request, blank, error => {
    if (error) throw error
  })
  return Object.entries(blank.getHeaders()).flatMap(([name, value]) => [name, String(value)])
}

/** The security headers of every answer: names and values in turn. */
export const securityHeaders: readonly string[] = headersSetBy(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    // Left out: what concerns pages alone (explorer.ts sets it for its own) and browsers of long ago.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  }),
)

// A handful of addresses is all that most clients ask for.
const addresses = createRecentMap<string, URL>(100)

const parseAddress = (text: string): URL | null => {
  try {
    const address = new URL(text.startsWith('/') ? `http://signet.invalid${text}` : text)
    // A query is anybody's to write, and is kept by nobody.
    if (!address.search) addresses.set(text, address)
    return address
  } catch {
    return null
  }
}

/**
 * The address that a request asks for, or null when it names none that can be read, or no Host. Only path and query
 * count; what the Host is decides nothing. Not resolved against a base: `//x/graphql` would then name a host, and a proxy in front would
 * have judged another path than the one that is answered.
 */
export const readAddress = ({ url = '/', httpVersion, headers }: IncomingMessage): URL | null => {
  if (httpVersion === '1.1' && headers.host === undefined) return null
  return addresses.get(url) ?? parseAddress(url)
}

/** Refuses a request that has no address. */
export const refuseUnreadable = (response: ServerResponse): void =>
  answerError(response, 400, 'BAD_REQUEST', 'This request has no address that can be read, or no Host.')

/** Makes a server with Signet's limits. */
export const createBoundedServer = (handle: RequestListener): Server => {
  // A missing Host has no address above: the handler refuses it, with a body that says so.
  const server = createServer({ requireHostHeader: false, connectionsCheckingInterval: 5_000 }, handle)
  server.on('checkExpectation', handle)
  server.on('clientError', answerMalformed)
  // A client that sends slowly may not hold a connection for long; an idle one outlives a balancer's 60 s.
  server.headersTimeout = 10_000
  server.requestTimeout = 20_000
  server.keepAliveTimeout = 65_000
  return server
}
