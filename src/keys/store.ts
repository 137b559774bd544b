// Signing keys and other secrets as rows: sealed, never readable without SIGNET_SECRET.
import type { Db } from '../engines/database.js'
import type { KeyLife } from './lifecycle.js'

/** The name of the notice that keys have changed. */
export const keyNotice = 'signet_keys'

/** A key at rest. */
export interface StoredKey extends KeyLife {
  readonly sealedPrivate: Uint8Array<ArrayBuffer>
}

/** All keys of every algorithm, the newest first. */
export const findKeys = (db: Db): Promise<StoredKey[]> =>
  db.signingKey.findMany({ orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }] })

/** Keeps a key. */
export const insertKey = (db: Db, key: StoredKey): Promise<unknown> => db.signingKey.create({ data: key })

/** Changes a key's times, or what it is sealed with. */
export const updateKey = (
  db: Db,
  kid: string,
  data: Partial<Pick<StoredKey, 'shownAt' | 'activatedAt' | 'retiredAt' | 'sealedPrivate'>>,
): Promise<unknown> => db.signingKey.update({ where: { kid }, data })

/** Forgets a key; whether it was there. */
export const deleteKey = async (db: Db, kid: string): Promise<boolean> =>
  (await db.signingKey.deleteMany({ where: { kid } })).count === 1

/** Waits until no other instance changes keys or what seals them; holds until the transaction ends. */
export const lockKeys = (db: Db): Promise<unknown> =>
  db.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('signet.signing_keys'))`

/** Tells every instance, once the transaction commits, that keys were changed. */
export const notifyKeysChanged = (db: Db): Promise<unknown> =>
  db.$executeRaw`SELECT pg_notify(${keyNotice}, '')`

const proofId = 1

/** The proof of the server's secret. */
export const findSecretProof = async (db: Db): Promise<Uint8Array | null> =>
  (await db.secretProof.findUnique({ where: { id: proofId } }))?.sealed ?? null

/** Keeps the proof of the server's secret, in the place of an earlier one. */
export const keepSecretProof = (db: Db, sealed: Uint8Array<ArrayBuffer>): Promise<unknown> =>
  db.secretProof.upsert({ where: { id: proofId }, create: { id: proofId, sealed }, update: { sealed } })

/** Secrets that outlive a change of the server's, by name. */
export const findSealedSecrets = async (db: Db): Promise<ReadonlyMap<string, Uint8Array>> =>
  new Map((await db.sealedSecret.findMany()).map(({ name, sealed }) => [name, sealed]))

/** Keeps such a secret, in the place of an earlier one. */
export const keepSealedSecret = (db: Db, name: string, sealed: Uint8Array<ArrayBuffer>): Promise<unknown> =>
  db.sealedSecret.upsert({ where: { name }, create: { name, sealed }, update: { sealed } })
