// Issues access tokens (RFC 9068), always with the keyring's current key.
import type { Clock } from '../lib/clock.js'
import { addSeconds, toEpochSeconds } from '../lib/clock.js'
import { newId } from '../lib/ids.js'
import { firstPartyClientId } from './claims.js'
import type { FillClaims } from './claims-template.js'
import type { SigningKey } from './sign.js'
import { signClaims } from './sign.js'

/** Settings of issued tokens. */
export interface IssueSettings {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly accessTokenSeconds: number
  /** Further claims; none without. */
  readonly fillClaims?: FillClaims | null
}

interface Needs {
  readonly clock: Clock
  readonly signingKey: () => SigningKey
  readonly settings: IssueSettings
}

/** Who a token is about. */
export interface Subject {
  readonly userId: string
  readonly sessionId: string
  readonly roles: readonly string[]
  /** The last revocation that could be seen when the roles were read. */
  readonly knownNumber: number
}

/** An access token and when it ends, in whole seconds as in its `exp`. */
export interface IssuedAccessToken {
  readonly accessToken: string
  readonly accessTokenExpiresAt: Date
}

/** Creates the function that issues access tokens. */
export const createIssuer =
  ({ clock, signingKey, settings }: Needs) =>
  async ({ userId, sessionId, roles, knownNumber }: Subject): Promise<IssuedAccessToken> => {
    const now = toEpochSeconds(clock())
    const claims = {
      iss: settings.issuer,
      aud: settings.audience.length === 1 ? settings.audience[0] : settings.audience,
      sub: userId,
      sid: sessionId,
      jti: newId(),
      client_id: firstPartyClientId,
      roles,
      rev: knownNumber,
      iat: now,
      nbf: now,
      exp: now + settings.accessTokenSeconds,
    }
    // Signet's own last, so that no other can take its place.
    const all = settings.fillClaims ? { ...settings.fillClaims({ userId, roles }), ...claims } : claims
    const accessToken = await signClaims(signingKey(), all)
    return { accessToken, accessTokenExpiresAt: addSeconds(new Date(0), claims.exp) }
  }

/** Issues an access token. */
export type IssueAccessToken = ReturnType<typeof createIssuer>
