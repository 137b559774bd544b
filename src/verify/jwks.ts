// Reads a JWKS (RFC 7517) and believes none of it that could be a lie: one wrong key refuses the whole document, so that
// the last good one stays.
import type { JsonWebKey } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import { thumbprint } from '../lib/thumbprint.js'
import type { VerificationKey } from '../tokens/verify.js'

const maxKeys = 32
// Of RSA, EC and secret keys (RFC 7518, section 6): who publishes one has given it away.
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const algorithmOf = ({ kty, crv, alg }: Record<string, unknown>): 'RS256' | 'ES256' => {
  if (kty === 'RSA' && alg === 'RS256') return alg
  if (kty === 'EC' && crv === 'P-256' && alg === 'ES256') return alg
  throw new Error('holds a key that is neither of RS256 nor of ES256')
}

const text = (value: unknown): string => {
  if (typeof value === 'string') return value
  throw new Error('holds a key with members missing')
}

const toJwk = (key: Record<string, unknown>, algorithm: 'RS256' | 'ES256'): JsonWebKey =>
  algorithm === 'RS256'
    ? { kty: 'RSA', n: text(key.n), e: text(key.e) }
    : { kty: 'EC', crv: 'P-256', x: text(key.x), y: text(key.y) }

const readKey = (key: unknown): readonly [kid: string, key: VerificationKey] => {
  if (!isRecord(key)) throw new Error('holds what is no key')
  if (secretMembers.some(member => Object.hasOwn(key, member)))
    throw new Error('holds a key with secret members')
  if (key.use !== undefined && key.use !== 'sig') throw new Error('holds a key that is not for signatures')
  const algorithm = algorithmOf(key)
  const jwk = toJwk(key, algorithm)
  const kid = thumbprint(jwk)
  if (key.kid !== kid) throw new Error('holds a key whose kid is not its thumbprint')
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const { modulusLength: bits, publicExponent } = publicKey.asymmetricKeyDetails ?? {}
  if (bits !== undefined && (bits < 2048 || bits > 8192))
    throw new Error('holds an RSA key of an unsafe size')
  // With an exponent of 1 anybody can sign.
  if (publicExponent !== undefined && publicExponent !== 65_537n)
    throw new Error('holds an RSA key with an unsafe exponent')
  return [kid, { algorithm, publicKey }]
}

/** The keys of a JWKS by their `kid`. Throws with what is wrong with it. */
export const parseJwks = (json: string): ReadonlyMap<string, VerificationKey> => {
  let document: unknown
  try {
    document = JSON.parse(json)
  } catch {
    throw new Error('is not JSON')
  }
  const keys = isRecord(document) ? document.keys : undefined
  if (!Array.isArray(keys)) throw new Error('has no list of keys')
  if (keys.length === 0) throw new Error('holds no key: tokens of HS256 are for those who have JWT_SECRET')
  if (keys.length > maxKeys) throw new Error(`holds more than ${maxKeys} keys`)
  const byKid = new Map(keys.map(readKey))
  if (byKid.size < keys.length) throw new Error('holds a key twice')
  return byKid
}
