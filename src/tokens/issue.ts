// Issues access tokens (RFC 9068), always with the keyring's current key.
import type { KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Algorithm } from '../lib/algorithms.js'
import type { Clock } from '../lib/clock.js'
import { addSeconds, toEpochSeconds } from '../lib/clock.js'
import { newId } from '../lib/ids.js'
import { accessTokenType, firstPartyClientId } from './claims.js'
import type { FillClaims } from './claims-template.js'

/** A key that signs. */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: Algorithm
  /** A KeyObject, never text: jsonwebtoken would parse text anew at each call. */
  readonly privateKey: KeyObject
}

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
  ({ userId, sessionId, roles, knownNumber }: Subject): IssuedAccessToken => {
    const now = toEpochSeconds(clock())
    const key = signingKey()
    const claims = {
      // First, so that nothing in it can take the place of what follows.
      ...settings.fillClaims?.({ userId, roles }),
      iss: settings.issuer,
      aud: settings.audience.length === 1 ? settings.audience[0] : [...settings.audience],
      sub: userId,
      sid: sessionId,
      jti: newId(),
      client_id: firstPartyClientId,
      roles: [...roles],
      rev: knownNumber,
      iat: now,
      nbf: now,
      exp: now + settings.accessTokenSeconds,
    }
    const accessToken = jwt.sign(claims, key.privateKey, {
      algorithm: key.algorithm,
      header: { alg: key.algorithm, typ: accessTokenType, kid: key.kid },
    })
    return { accessToken, accessTokenExpiresAt: addSeconds(new Date(0), claims.exp) }
  }

/** Issues an access token. */
export type IssueAccessToken = ReturnType<typeof createIssuer>
