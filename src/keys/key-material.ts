// Key pairs and secrets as KeyObjects, and their names: `kid` is the RFC 7638 thumbprint.

import type { JsonWebKey, KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm } from '../lib/algorithms.js'
import { thumbprint } from '../lib/thumbprint.js'

/** A key that Signet signs with, and what it takes to verify and publish it. */
export interface KeyMaterial {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public members alone (RFC 7517); null for a secret, which is never published. */
  readonly publicJwk: JsonWebKey | null
}

/** Algorithms with a public half. */
export type PairAlgorithm = Exclude<Algorithm, 'HS256'>

const generate = promisify(generateKeyPair)

const toMaterial = (privateKey: KeyObject, algorithm: PairAlgorithm): KeyMaterial => {
  const publicKey = createPublicKey(privateKey)
  const publicJwk = publicKey.export({ format: 'jwk' })
  return { kid: thumbprint(publicJwk), algorithm, privateKey, publicKey, publicJwk }
}

/** A new key pair: RSA of 2048 bits for RS256, P-256 for ES256. */
export const generateKey = async (algorithm: PairAlgorithm): Promise<KeyMaterial> => {
  const { privateKey } =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'P-256' })
  return toMaterial(privateKey, algorithm)
}

/** The private half as PKCS #8, the form that is sealed and stored. */
export const exportKey = (key: KeyMaterial): Buffer => key.privateKey.export({ format: 'der', type: 'pkcs8' })

/** A key pair from what `exportKey` gave. */
export const importKey = (pkcs8: Buffer, algorithm: PairAlgorithm): KeyMaterial =>
  toMaterial(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }), algorithm)

/** The key of HS256. Text counts as its UTF-8 bytes, as every library that shares it reads it. */
export const secretKey = (secret: string | Uint8Array): KeyMaterial => {
  const key = createSecretKey(Buffer.from(secret))
  return {
    kid: thumbprint(key.export({ format: 'jwk' })),
    algorithm: 'HS256',
    privateKey: key,
    publicKey: key,
    publicJwk: null,
  }
}
