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
  /** Every Authorization header, in order. */
  readonly authorization: readonly string[]
  readonly device: Device
}

/** Every dependency, and who calls; a domain function takes what it needs of it as its first parameter. */
export interface CallerContext extends Services {
  readonly requestId: string
  readonly authentication: Authentication
  /** Null when the request carried no good access token. */
  readonly viewer: Viewer | null
  readonly device: Device
}

/** What only a request by HTTP has. */
interface HttpParts {
  readonly refreshCookie: RefreshCookie
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

/** Extracts and verifies the Bearer token of one operation. No store is read. */
export const createContext = <Parts extends HttpParts | SocketParts>(
  services: Services,
  { authorization, ...facts }: CallerFacts & Parts,
): CallerContext & Omit<CallerFacts & Parts, 'authorization'> => {
  const authentication = authenticate(services, authorization)
  return {
    ...services,
    ...facts,
    authentication,
    viewer: authentication.kind === 'viewer' ? authentication.viewer : null,
  }
}
