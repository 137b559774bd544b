// The Apollo context: every dependency, and who asks, from where. Building it never throws for what a request sent.
import type { Authentication, Viewer } from '../access/viewer.js'
import { authenticate } from '../access/viewer.js'
import type { Services } from '../services.js'
import type { SessionEvent } from '../sessions/events.js'
import type { Device } from '../sessions/session.js'

/** The refresh cookie of one request and its answer. */
export interface RefreshCookie {
  /** The refresh token in the cookie, or null. Throws FORBIDDEN when it came without an allowed Origin. */
  read(): string | null
  /** Throws FORBIDDEN when the request names an Origin that is not allowed: it may be given no cookie. */
  requireDeliverable(): void
  set(refreshToken: string, expiresAt: Date): void
  clear(): void
}

/** What the host of the GraphQL server knows of who calls. */
export interface CallerFacts {
  readonly requestId: string
  /** Reads where the request came from: few operations want to know. */
  readonly device: () => Device
}

interface Who {
  authentication: Authentication
  /** Null when the request carried no good access token. */
  viewer: Viewer | null
}

/** Every dependency, and who calls; a domain function takes what it needs of it as its first parameter. */
export type CallerContext = Services & CallerFacts & Readonly<Who>

/** What only a request by HTTP has. */
interface HttpParts {
  /** Made for who wants it: few operations do. */
  readonly refreshCookie: () => RefreshCookie
}

/** What only an operation over a socket has. */
interface SocketParts {
  /** What happens to the session of the socket's token, from now on. */
  readonly followSession: () => AsyncIterableIterator<SessionEvent>
}

/** What resolvers of queries and mutations get. */
export type Context = CallerContext & HttpParts

/** What resolvers of subscriptions get. */
export type SocketContext = CallerContext & SocketParts

/**
 * Extracts and verifies the Bearer token of one operation, given every Authorization header; `own` is what only this
 * operation has. No store is read.
 */
export const createContext = <Own extends CallerFacts & (HttpParts | SocketParts)>(
  services: Services,
  authorization: readonly string[],
  own: Own,
): CallerContext & Own => {
  const authentication = authenticate(services, authorization)
  const viewer = authentication.kind === 'viewer' ? authentication.viewer : null
  // The services are inherited, not copied: they are many, and each request has a context.
  const context: Services & Who = Object.create(services)
  context.authentication = authentication
  context.viewer = viewer
  return Object.assign(context, own)
}
