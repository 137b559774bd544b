// What an access token says: RFC 9068 claims and roles, nothing personal.

/** The `typ` header of an access token (RFC 9068, section 2.1). */
export const accessTokenType = 'at+jwt'

/** The `client_id` of tokens that a user's own sign-in gave (RFC 9068 demands the claim). */
export const firstPartyClientId = 'signet'

/** How many roles a user may have, and how long they may be, one and all together: every access token carries them. */
export const roleLimits = { most: 32, characters: 64, together: 1_024 } as const

/** The claims of a verified access token; times in seconds since 1970. */
export interface AccessTokenClaims {
  readonly sub: string
  readonly sid: string
  readonly jti: string
  readonly roles: readonly string[]
  /** The last revocation that its issuer knew, see revocation/revocation.ts; 0 where the token does not say. */
  readonly rev: number
  readonly iat: number
  readonly exp: number
}
