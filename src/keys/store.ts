// Signing keys as rows: sealed, never readable without SIGNET_SECRET.
import type { Db } from '../engines/database.js'
import type { PairAlgorithm } from './key-material.js'

/** A key at rest. */
export interface StoredKey {
  readonly kid: string
  readonly algorithm: string
  readonly sealedPrivate: Uint8Array<ArrayBuffer>
  readonly createdAt: Date
}

/** All keys of one algorithm, the newest first. */
export const findKeys = (db: Db, algorithm: PairAlgorithm): Promise<StoredKey[]> =>
  db.signingKey.findMany({ where: { algorithm }, orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }] })

/** Keeps a key. */
export const insertKey = (db: Db, key: StoredKey): Promise<unknown> => db.signingKey.create({ data: key })

/** Waits until no other instance makes a key; holds until the transaction ends. */
export const lockKeys = (db: Db): Promise<unknown> =>
  db.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('signet.signing_keys'))`
