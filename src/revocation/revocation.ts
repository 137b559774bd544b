// What a revocation is: a numbered record that makes access tokens useless before they expire. Numbers are given in the
// order of commits. Whatever carries the number of the last revocation that it knew (an access token's `rev`, here
// `knownNumber`; a session's `sinceNumber`) is concerned by later ones alone.

/** Why something was revoked: as in the database, and free of what is generated, for the kit needs it too. */
export const revocationReasons = [
  'LOGOUT',
  'PASSWORD_CHANGED',
  'REUSED',
  'ADMIN',
  'DISABLED',
  'DELETED',
  'STALE',
] as const

/** Why something was revoked. */
export type RevocationReason = (typeof revocationReasons)[number]

/** One record of the feed. */
export interface Revocation {
  /** In the order of commits. */
  readonly number: number
  readonly kind: RevocationKind
  /** The id of the token, session or user; null where everybody is meant. */
  readonly subject: string | null
  readonly reason: RevocationReason
  readonly revokedAt: Date
  /** From then on no token that it concerns can be alive. */
  readonly expiresAt: Date
}

/** What a record can be about. */
export const revocationKinds = ['TOKEN', 'SESSION', 'USER', 'EVERYBODY'] as const

/** What a record is about. */
export type RevocationKind = (typeof revocationKinds)[number]

/**
 * What of a verified token a revocation can be about. `knownNumber` is the number of the last revocation that its
 * issuer had seen when it read the user's rights: a record of a user, or of everybody, concerns the tokens that did
 * not know it. No clock is compared, so that neither two instances' clocks nor a slow answer can make it wrong.
 */
export interface RevocableToken {
  readonly tokenId: string
  readonly sessionId: string
  readonly userId: string
  readonly knownNumber: number
}

/** Why a token is refused. */
export interface Refusal {
  readonly kind: RevocationKind
  readonly reason: RevocationReason
  readonly revokedAt: Date
}
