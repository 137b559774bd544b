// The strict verifier of access tokens (RFC 7519, 8725, 9068). jsonwebtoken checks the signature; by itself it
// accepts an unknown `crit`, any `typ`, a missing or absurd `exp` and an `iat` in the future: so all is checked here.
import type { KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Algorithm } from '../lib/algorithms.js'
import type { Clock } from '../lib/clock.js'
import { toEpochSeconds } from '../lib/clock.js'
import type { AccessTokenClaims } from './claims.js'
import { accessTokenType } from './claims.js'
import { createKnownTokens } from './known-tokens.js'

/** A key that verifies; its algorithm is the only one accepted with it. */
export interface VerificationKey {
  readonly algorithm: Algorithm
  readonly publicKey: KeyObject
}

/** What a token must agree with. */
export interface VerifySettings {
  readonly issuer: string
  readonly audience: readonly string[]
  /** The longest lifetime, `exp` less `iat`, that is believed; may change, and is read at each use. */
  readonly accessTokenSeconds: number
}

interface Needs {
  readonly clock: Clock
  readonly findKey: (kid: string) => VerificationKey | undefined
  readonly settings: VerifySettings
}

/** The claims of a good token, or why it is refused. */
export type Verification =
  | { readonly ok: true; readonly claims: AccessTokenClaims; readonly algorithm: Algorithm }
  | { readonly ok: false; readonly reason: 'EXPIRED'; readonly algorithm: Algorithm }
  | {
      readonly ok: false
      readonly reason: 'INVALID'
      /** Set where it is refused only because no key of this name is known. */
      readonly unknownKid?: string
    }

/** Longer tokens are refused unread. */
export const maxTokenBytes = 8192

/** How far the clocks of two instances may differ: `iat` and `nbf` may lie so far ahead. `exp` gets no grace. */
export const clockSkewSeconds = 60

/** How long a revocation has to be kept: two clocks may differ by the skew, that of the issuer and that of the judge. */
export const keptSeconds = (accessTokenSeconds: number): number => accessTokenSeconds + 2 * clockSkewSeconds

/** A token whose signature is good, by which key, and what it says. */
interface Genuine {
  readonly token: string
  readonly kid: string
  readonly key: VerificationKey
  /** The outcome while its times are right. */
  readonly accepted: Extract<Verification, { ok: true }>
  /** The later of `iat` and `nbf`. */
  readonly validFrom: number
}

const invalid = { ok: false, reason: 'INVALID' } as const
const headerMembers = new Set(['alg', 'kid', 'typ'])

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads base64url only in its one canonical form, so that a signature has no second spelling. */
const isCanonical = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part

/**
 * Reads a JSON object only as JSON.stringify and base64url write it: no member twice, no invalid UTF-8, no loose bits;
 * nothing that two readers of one token could take for different things.
 */
const readObject = (part: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const canonical = Buffer.from(JSON.stringify(value)).toString('base64url')
    return isRecord(value) && canonical === part ? value : null
  } catch {
    return null
  }
}

const readHeader = (part: string): { alg: string; kid: string } | null => {
  const header = readObject(part)
  if (!header || Object.keys(header).some(member => !headerMembers.has(member))) return null
  const { alg, kid, typ } = header
  return typeof alg === 'string' && typeof kid === 'string' && typ === accessTokenType ? { alg, kid } : null
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)

const namesAudience = (aud: unknown, accepted: readonly string[]): boolean =>
  isText(aud) ? accepted.includes(aud) : isTexts(aud) && aud.some(one => accepted.includes(one))

const isSignedWith = ({ algorithm, publicKey }: VerificationKey, token: string): boolean => {
  try {
    jwt.verify(token, publicKey, {
      algorithms: [algorithm],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    })
    return true
  } catch {
    return false
  }
}

/** Reads the claims; null where one is not as it has to be, whatever the time. */
const readClaims = (
  payload: Record<string, unknown>,
  settings: VerifySettings,
): { readonly claims: AccessTokenClaims; readonly validFrom: number } | null => {
  const { iss, aud, sub, sid, jti, client_id, roles, rev = 0, iat, nbf = iat, exp } = payload
  if (iss !== settings.issuer || !namesAudience(aud, settings.audience)) return null
  if (!isText(sub) || !isText(sid) || !isText(jti) || !isText(client_id) || !isTexts(roles)) return null
  if (!isWhole(rev) || !isWhole(iat) || !isWhole(nbf) || !isWhole(exp)) return null
  if (exp <= iat) return null
  // The same for all who ask with this token: nobody may write to it.
  const claims = Object.freeze({ sub, sid, jti, roles: Object.freeze(roles), rev, iat, exp })
  return { claims, validFrom: Math.max(iat, nbf) }
}

/** Judges what may change while a token is remembered: the time, and the lifetime that is believed. */
const judgeTimes = ({ accepted, validFrom }: Genuine, now: number, longestSeconds: number): Verification => {
  const { claims, algorithm } = accepted
  if (claims.exp - claims.iat > longestSeconds || validFrom > now + clockSkewSeconds) return invalid
  return claims.exp <= now ? { ok: false, reason: 'EXPIRED', algorithm } : accepted
}

/** Reads a token and checks all but the time; refused is anything that none of the keys signed in just this form. */
const readGenuine = (
  { findKey, settings }: Pick<Needs, 'findKey' | 'settings'>,
  token: string,
): Genuine | Extract<Verification, { ok: false }> => {
  const [headerPart = '', payloadPart = '', signaturePart = '', ...more] = token.split('.')
  const header = more.length === 0 ? readHeader(headerPart) : null
  if (!header) return invalid
  const { kid, alg } = header
  const key = findKey(kid)
  if (!key) return { ...invalid, unknownKid: kid }
  if (key.algorithm !== alg) return invalid
  const payload = readObject(payloadPart)
  if (!payload || signaturePart === '' || !isCanonical(signaturePart)) return invalid
  const read = isSignedWith(key, token) && readClaims(payload, settings)
  if (!read) return invalid
  const accepted = { ok: true, claims: read.claims, algorithm: key.algorithm } as const
  return { token, kid, key, accepted, validFrom: read.validFrom }
}

/**
 * Creates the function that verifies one access token. It never throws for what a caller sent: the outcome is a
 * value, EXPIRED for a genuine token past its `exp`, INVALID for anything else.
 */
export const createTokenVerifier = ({ clock, findKey, settings }: Needs) => {
  // What is remembered is that the signature of this very token was good under a key that we had, and what the token says:
  // whether we still have the key, the lifetime that is believed and the time are asked at each use.
  const genuine = createKnownTokens<Genuine>()

  const recall = (token: string): Genuine | null => {
    const known = genuine.get(token)
    return known && findKey(known.kid) === known.key ? known : null
  }

  return (token: string): Verification => {
    if (token.length > maxTokenBytes) return invalid
    const recalled = recall(token)
    const read = recalled ?? readGenuine({ findKey, settings }, token)
    if ('ok' in read) return read
    const verification = judgeTimes(read, toEpochSeconds(clock()), settings.accessTokenSeconds)
    if (!verification.ok) genuine.delete(token)
    else if (!recalled) genuine.set(read)
    return verification
  }
}

/** Verifies an access token. */
export type VerifyAccessToken = ReturnType<typeof createTokenVerifier>
