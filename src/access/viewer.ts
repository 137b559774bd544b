// Who asks: read from the Authorization header (RFC 6750, section 2.1) and the verified access token. No store.
import type { AccessTokenClaims } from '../tokens/claims.js'
import type { VerifyAccessToken } from '../tokens/verify.js'

/** The user, session and roles that a verified access token names. */
export interface Viewer {
  readonly userId: string
  readonly sessionId: string
  readonly roles: readonly string[]
  readonly tokenId: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** A request without a token, with a good one, or with one that is refused. */
export type Authentication =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'viewer'; readonly viewer: Viewer }
  | { readonly kind: 'refused'; readonly reason: 'EXPIRED' | 'INVALID' }

const anonymous: Authentication = { kind: 'anonymous' }
const malformed: Authentication = { kind: 'refused', reason: 'INVALID' }

const toViewer = (claims: AccessTokenClaims): Viewer => ({
  userId: claims.sub,
  sessionId: claims.sid,
  roles: claims.roles,
  tokenId: claims.jti,
  issuedAt: new Date(claims.iat * 1000),
  expiresAt: new Date(claims.exp * 1000),
})

/**
 * Tells who asks, from all Authorization headers of a request. Never throws. An empty header counts as none (a
 * client's `token ? `Bearer ${token}` : ''`); two headers are refused, as no rule says which one is meant.
 */
export const authenticate = (verify: VerifyAccessToken, headers: readonly string[]): Authentication => {
  const [header = '', ...more] = headers
  if (more.length > 0) return malformed
  if (header.trim() === '') return anonymous
  const token = /^bearer +(\S+) *$/i.exec(header)?.[1]
  if (token === undefined) return malformed
  const verification = verify(token)
  return verification.ok
    ? { kind: 'viewer', viewer: toViewer(verification.claims) }
    : { kind: 'refused', reason: verification.reason }
}
