// Signing keys and the proof of the secret as rows: sealed, never readable without SIGNET_SECRET.
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

const proofId = 1

/** Keeps the proof of the server's secret, unless there is one. */
export const keepFirstSecretProof = (db: Db, sealed: Uint8Array<ArrayBuffer>): Promise<unknown> =>
  db.secretProof.createMany({ data: { id: proofId, sealed }, skipDuplicates: true })

/** The proof of the server's secret. */
export const findSecretProof = async (db: Db): Promise<Uint8Array | null> =>
  (await db.secretProof.findUnique({ where: { id: proofId } }))?.sealed ?? null
