// Signs claims as a JSON Web Token (RFC 7519; compact form, RFC 7515). jsonwebtoken, which verifies, would sign on the event
// loop, where one signature with RS256 takes as long as all else of a refresh.
import type { KeyObject } from 'node:crypto'
import { createHmac, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm } from '../lib/algorithms.js'
import { accessTokenType } from './claims.js'

/** A key that signs. */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: Algorithm
  /** A KeyObject, never text, which would be parsed anew at each call. */
  readonly privateKey: KeyObject
}

const signInThreadPool = promisify(sign)

// As RFC 7518 has them, section 3. What takes less time than the way to another thread and back is signed at once.
const signatures: Readonly<Record<Algorithm, (key: KeyObject, input: Buffer) => Buffer | Promise<Buffer>>> = {
  HS256: (key, input) => createHmac('sha256', key).update(input).digest(),
  ES256: (key, input) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  RS256: (key, input) => signInThreadPool('sha256', input, key),
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The access token that says these claims. */
export const signClaims = async (
  { kid, algorithm, privateKey }: SigningKey,
  claims: object,
): Promise<string> => {
  const input = `${encode({ alg: algorithm, typ: accessTokenType, kid })}.${encode(claims)}`
  const signature = await signatures[algorithm](privateKey, Buffer.from(input))
  return `${input}.${signature.toString('base64url')}`
}
