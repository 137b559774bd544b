// Who asks: read from the Authorization header (RFC 6750, section 2.1), the verified access token and what this instance
// knows to be revoked. No store.
import { readBearer } from '../lib/bearer.js'
import type { Stopwatch } from '../lib/clock.js'
import { assertNever } from '../lib/errors.js'
import type { Metrics } from '../lib/metrics.js'
import type { VerifyOutcome } from '../lib/verification-times.js'
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

/** What a verified access token says. */
export interface Proof {
  readonly viewer: Viewer
  /** The last revocation that its issuer knew, see revocation/revocation.ts. */
  readonly knownNumber: number
}

/** A request without a token, with a good one, or with one that is refused. */
export type Authentication =
  | { readonly kind: 'anonymous' }
  | (Proof & { readonly kind: 'viewer' })
  | { readonly kind: 'refused'; readonly reason: 'EXPIRED' | 'INVALID' }
  /** A genuine token that was revoked. */
  | (Proof & { readonly kind: 'revoked'; readonly refusal: Refusal })
  /** A genuine token, and revocations have not been heard of for too long to vouch for it. */
  | (Proof & { readonly kind: 'unvouched' })

type Verified = Exclude<Authentication, { kind: 'anonymous' }>

/** What telling who asks takes. */
export interface AuthenticationNeeds {
  readonly verifyAccessToken: VerifyAccessToken
  readonly denylist: Pick<Denylist, 'find'>
  /** The last moment, by the stopwatch, at which this instance may vouch for tokens by what it has heard. */
  readonly vouchesUntil: () => number
  readonly stopwatch: Stopwatch
  readonly metrics: Pick<Metrics, 'observeVerification'>
}

const anonymous: Authentication = { kind: 'anonymous' }
const malformed: Authentication = { kind: 'refused', reason: 'INVALID' }

const toProof = (claims: AccessTokenClaims): Proof => ({
  viewer: Object.freeze({
    userId: claims.sub,
    sessionId: claims.sid,
    roles: claims.roles,
    tokenId: claims.jti,
    issuedAt: new Date(claims.iat * 1000),
    expiresAt: new Date(claims.exp * 1000),
  }),
  knownNumber: claims.rev,
})

// The claims of a token that is verified again are the same object, and so is what was read from them: all who ask with it
// share it.
const proofs = new WeakMap<AccessTokenClaims, Proof>()

const proofOf = (claims: AccessTokenClaims): Proof => {
  const known = proofs.get(claims)
  if (known) return known
  const proof = toProof(claims)
  proofs.set(claims, proof)
  return proof
}

type JudgementNeeds = Pick<AuthenticationNeeds, 'denylist' | 'vouchesUntil'>

/** Why a token is refused that was verified before, or null. */
export const findRefusal = (
  { denylist }: Pick<AuthenticationNeeds, 'denylist'>,
  { viewer: { tokenId, sessionId, userId }, knownNumber }: Proof,
): Refusal | null => denylist.find({ tokenId, sessionId, userId, knownNumber })

const judge = (needs: JudgementNeeds, { viewer, knownNumber }: Proof, at: number): Verified => {
  const refusal = findRefusal(needs, { viewer, knownNumber })
  if (refusal) return { kind: 'revoked', viewer, knownNumber, refusal }
  return { kind: at <= needs.vouchesUntil() ? 'viewer' : 'unvouched', viewer, knownNumber }
}

/** Asks the denylist once more: a token that was good when an operation began may have been revoked since. */
export const reauthenticate = (
  needs: JudgementNeeds & Pick<AuthenticationNeeds, 'stopwatch'>,
  authentication: Authentication,
): Authentication =>
  authentication.kind === 'viewer' ? judge(needs, authentication, needs.stopwatch()) : authentication

const outcomeOf = (authentication: Verified): VerifyOutcome => {
  switch (authentication.kind) {
    case 'viewer':
      return 'accepted'
    case 'refused':
      return authentication.reason === 'EXPIRED' ? 'expired' : 'invalid'
    case 'revoked':
      return authentication.refusal.reason === 'STALE' ? 'stale' : 'revoked'
    case 'unvouched':
      return 'unvouched'
    default:
      return assertNever(authentication)
  }
}

const judgeToken = (needs: AuthenticationNeeds, token: string): Authentication => {
  const startedAt = needs.stopwatch()
  const verification = needs.verifyAccessToken(token)
  const authentication: Verified = verification.ok
    ? judge(needs, proofOf(verification.claims), startedAt)
    : { kind: 'refused', reason: verification.reason }
  const algorithm = 'algorithm' in verification ? verification.algorithm : null
  needs.metrics.observeVerification(outcomeOf(authentication), algorithm, needs.stopwatch() - startedAt)
  return authentication
}

/** Tells who asks, from all Authorization headers of a request. Never throws. */
export const authenticate = (needs: AuthenticationNeeds, headers: readonly string[]): Authentication => {
  const bearer = readBearer(headers)
  if (bearer.kind === 'none') return anonymous
  return bearer.kind === 'malformed' ? malformed : judgeToken(needs, bearer.token)
}
