// How things are sealed under one SIGNET_SECRET: each with a key of its own purpose, bound to what it is.
import { deriveSecret, seal, unseal } from '../lib/secrets.js'
import type { KeyMaterial, PairAlgorithm } from './key-material.js'
import { exportKey, importKey } from './key-material.js'
import type { StoredKey } from './store.js'

/** Seals and opens under one SIGNET_SECRET. What it cannot open is null: sealed under another, or damaged. */
export interface Sealer {
  sealKey(key: KeyMaterial): Uint8Array<ArrayBuffer>
  openKey(stored: Pick<StoredKey, 'kid' | 'algorithm' | 'sealedPrivate'>): KeyMaterial | null
  sealProof(): Uint8Array<ArrayBuffer>
  opensProof(sealed: Uint8Array): boolean
  sealSecret(name: SealedSecretName, plain: Uint8Array): Uint8Array<ArrayBuffer>
  openSecret(name: SealedSecretName, sealed: Uint8Array): Buffer | null
  /** What was derived from SIGNET_SECRET itself before such secrets were kept: sessions and tokens of then go on. */
  derivedSecret(name: SealedSecretName): Buffer
}

/** The secrets that outlive a change of SIGNET_SECRET. */
export const sealedSecretNames = ['refresh-token-pepper', 'hs256-signing-key'] as const

/** One of them. */
export type SealedSecretName = (typeof sealedSecretNames)[number]

const known = 'signet'
const contextOf = (kid: string, algorithm: string): string => `${algorithm} ${kid}`
const isPair = (algorithm: string): algorithm is PairAlgorithm =>
  algorithm === 'RS256' || algorithm === 'ES256'

/** Makes the sealer of one SIGNET_SECRET. */
export const createSealer = (secret: string): Sealer => {
  const keySeal = deriveSecret(secret, 'signing-key-seal')
  const proofSeal = deriveSecret(secret, 'secret-proof')
  const secretSeal = deriveSecret(secret, 'secret-seal')
  return {
    sealKey: key => seal(keySeal, exportKey(key), contextOf(key.kid, key.algorithm)),
    openKey: ({ kid, algorithm, sealedPrivate }) => {
      const pkcs8 = isPair(algorithm) && unseal(keySeal, sealedPrivate, contextOf(kid, algorithm))
      return pkcs8 ? importKey(pkcs8, algorithm) : null
    },
    sealProof: () => seal(proofSeal, Buffer.from(known), known),
    opensProof: sealed => unseal(proofSeal, sealed, known) !== null,
    sealSecret: (name, plain) => seal(secretSeal, plain, name),
    openSecret: (name, sealed) => unseal(secretSeal, sealed, name),
    derivedSecret: name => deriveSecret(secret, name),
  }
}
