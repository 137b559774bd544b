// The Apollo context: every dependency, and who asks, from where. Building it never throws for what a request sent.
import type { Authentication, Viewer } from '../access/viewer.js'
import { authenticate } from '../access/viewer.js'
import type { Services } from '../services.js'
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

/** What the host of the GraphQL server knows of one request. */
export interface RequestFacts {
  readonly requestId: string
  /** Every Authorization header, in order. */
  readonly authorization: readonly string[]
  readonly device: Device
  readonly refreshCookie: RefreshCookie
}

/** What resolvers get; a domain function takes what it needs of it as its first parameter. */
export interface Context extends Services {
  readonly requestId: string
  readonly authentication: Authentication
  /** Null when the request carried no good access token. */
  readonly viewer: Viewer | null
  readonly device: Device
  readonly refreshCookie: RefreshCookie
}

/** Extracts and verifies the Bearer token of one request. No store is read. */
export const createContext = (services: Services, request: RequestFacts): Context => {
  const authentication = authenticate(services, request.authorization)
  return {
    ...services,
    requestId: request.requestId,
    authentication,
    viewer: authentication.kind === 'viewer' ? authentication.viewer : null,
    device: request.device,
    refreshCookie: request.refreshCookie,
  }
}
