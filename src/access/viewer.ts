// Who asks: read from the Authorization header (RFC 6750, section 2.1), the verified access token and what this instance
// knows to be revoked. No store.
import { readBearer } from '../lib/bearer.js'
import type { Denylist } from '../revocation/denylist.js'
import type { Refusal } from '../revocation/revocation.js'
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
  /** A genuine token that was revoked. */
  | { readonly kind: 'revoked'; readonly viewer: Viewer; readonly refusal: Refusal }
  /** A genuine token, and revocations have not been heard of for too long to vouch for it. */
  | { readonly kind: 'unvouched'; readonly viewer: Viewer }

/** What telling who asks takes. */
export interface AuthenticationNeeds {
  readonly verifyAccessToken: VerifyAccessToken
  readonly denylist: Pick<Denylist, 'find'>
  /** Whether this instance has heard of revocations recently enough. */
  readonly canVouch: () => boolean
}

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

/** Asks the denylist of a verified token, at every use. */
const judge = ({ denylist, canVouch }: AuthenticationNeeds, claims: AccessTokenClaims): Authentication => {
  const viewer = toViewer(claims)
  const refusal = denylist.find({ ...viewer, knownNumber: claims.rev })
  if (refusal) return { kind: 'revoked', viewer, refusal }
  return canVouch() ? { kind: 'viewer', viewer } : { kind: 'unvouched', viewer }
}

/** Tells who asks, from all Authorization headers of a request. Never throws. */
export const authenticate = (needs: AuthenticationNeeds, headers: readonly string[]): Authentication => {
  const bearer = readBearer(headers)
  if (bearer.kind === 'none') return anonymous
  if (bearer.kind === 'malformed') return malformed
  const verification = needs.verifyAccessToken(bearer.token)
  return verification.ok
    ? judge(needs, verification.claims)
    : { kind: 'refused', reason: verification.reason }
}
