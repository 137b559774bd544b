// The keys of this instance: which one signs, which ones verify, and the JWKS (RFC 7517) that others read.
// Made at first start, kept sealed in the database, shared by all instances.
import type { JsonWebKey } from 'node:crypto'
import type { Database } from '../engines/database.js'
import { inTransaction } from '../engines/database.js'
import type { Algorithm } from '../lib/algorithms.js'
import type { Clock } from '../lib/clock.js'
import { deriveSecret, seal, unseal } from '../lib/secrets.js'
import { StartError } from '../lib/start-error.js'
import type { KeyMaterial, PairAlgorithm } from './key-material.js'
import { exportKey, generateKey, importKey, secretKey } from './key-material.js'
import type { StoredKey } from './store.js'
import { findKeys, insertKey, lockKeys } from './store.js'

/** The keys in memory. */
export interface Keyring {
  /** The key that signs now. */
  current(): KeyMaterial
  /** The key of this `kid`, if it is one of ours. */
  find(kid: string): KeyMaterial | undefined
  /** Public keys for other services; a secret is never among them. */
  jwks(): { readonly keys: readonly JsonWebKey[] }
}

interface Needs {
  readonly db: Database
  readonly clock: Clock
  /** SIGNET_SECRET. */
  readonly secret: string
}

const sealContext = (kid: string, algorithm: string): string => `${algorithm} ${kid}`

const createKeyring = (keys: readonly [KeyMaterial, ...KeyMaterial[]]): Keyring => {
  const byKid = new Map(keys.map(key => [key.kid, key]))
  const published = keys.flatMap(({ kid, algorithm, publicJwk }) =>
    publicJwk ? [{ ...publicJwk, kid, alg: algorithm, use: 'sig' }] : [],
  )
  return { current: () => keys[0], find: kid => byKid.get(kid), jwks: () => ({ keys: published }) }
}

const openKey = (stored: StoredKey, algorithm: PairAlgorithm, sealKey: Buffer): KeyMaterial => {
  const pkcs8 = unseal(sealKey, stored.sealedPrivate, sealContext(stored.kid, algorithm))
  if (!pkcs8) {
    throw new StartError(
      'The signing keys in this database were sealed with another SIGNET_SECRET. Start with that one (or, if they were damaged, restore them from a backup); nothing was changed.',
    )
  }
  return importKey(pkcs8, algorithm)
}

const makeFirstKey = async (
  { db, clock }: Needs,
  algorithm: PairAlgorithm,
  sealKey: Buffer,
): Promise<void> => {
  const key = await generateKey(algorithm)
  const sealedPrivate = seal(sealKey, exportKey(key), sealContext(key.kid, algorithm))
  await inTransaction(db, async tx => {
    await lockKeys(tx)
    const others = await findKeys(tx, algorithm)
    if (others.length === 0) {
      await insertKey(tx, { kid: key.kid, algorithm, sealedPrivate, createdAt: clock() })
    }
  })
}

/**
 * Opens the keys of one algorithm, making the first at the first start. HS256 takes JWT_SECRET, else a secret
 * derived from SIGNET_SECRET. Throws StartError when SIGNET_SECRET is not the one that sealed them.
 */
export const openKeyring = async (
  needs: Needs,
  settings: { readonly algorithm: Algorithm; readonly sharedSecret: string | null },
): Promise<Keyring> => {
  const { algorithm, sharedSecret } = settings
  if (algorithm === 'HS256') {
    return createKeyring([secretKey(sharedSecret ?? deriveSecret(needs.secret, 'hs256-signing-key'))])
  }
  const sealKey = deriveSecret(needs.secret, 'signing-key-seal')
  let stored = await findKeys(needs.db.prisma, algorithm)
  if (stored.length === 0) {
    await makeFirstKey(needs, algorithm, sealKey)
    stored = await findKeys(needs.db.prisma, algorithm)
  }
  const [first, ...rest] = stored.map(one => openKey(one, algorithm, sealKey))
  if (!first) throw new StartError('The database holds no signing key and none could be made.')
  return createKeyring([first, ...rest])
}
