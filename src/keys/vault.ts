// What SIGNET_SECRET locks in this database. The proof shows at every start that this instance has the secret which the
// database is sealed with; the pepper and the key of HS256 are values of their own, so that a change of SIGNET_SECRET
// seals them anew and neither a session nor a token notices.
import type { Database, Db } from '../engines/database.js'
import { inTransaction } from '../engines/database.js'
import { randomSecret } from '../lib/secrets.js'
import { StartError } from '../lib/start-error.js'
import type { SealedSecretName, Sealer } from './sealed.js'
import { createSealer, sealedSecretNames } from './sealed.js'
import {
  findKeys,
  findSealedSecrets,
  findSecretProof,
  keepSealedSecret,
  keepSecretProof,
  lockKeys,
  notifyKeysChanged,
  updateKey,
} from './store.js'

/** The secrets of this database, opened. */
export interface Vault extends Pick<Sealer, 'sealKey' | 'openKey'> {
  /** The key from which successors of refresh tokens are derived. */
  readonly pepper: Buffer
  /** The key of HS256, where JWT_SECRET is not given. */
  readonly sharedSecret: Buffer
  /** Whether the database is still sealed with this instance's SIGNET_SECRET: it may have been changed since. */
  isCurrent(db: Db): Promise<boolean>
}

/** SIGNET_SECRET, and the one before it while that is being replaced (SIGNET_SECRET_PREVIOUS). */
export interface ServerSecrets {
  readonly secret: string
  readonly previousSecret: string | null
}

type Secrets = ReadonlyMap<SealedSecretName, Buffer>

const damaged = (what: string): StartError =>
  new StartError(`${what} in this database is damaged: restore it from a backup. Nothing was changed.`)

/** The secrets as they are kept. Null: some are not kept yet, or the database is not sealed with this sealer. */
const readSecrets = async (db: Db, sealer: Sealer): Promise<Secrets | null> => {
  const proof = await findSecretProof(db)
  if (!proof || !sealer.opensProof(proof)) return null
  const rows = await findSealedSecrets(db)
  const secrets = new Map<SealedSecretName, Buffer>()
  for (const name of sealedSecretNames) {
    const sealed = rows.get(name)
    if (!sealed) return null
    const plain = sealer.openSecret(name, sealed)
    if (!plain) throw damaged(`The secret ${name}`)
    secrets.set(name, plain)
  }
  return secrets
}

const keepSecrets = async (tx: Db, sealer: Sealer, plainOf: (name: SealedSecretName) => Buffer) => {
  for (const name of sealedSecretNames) {
    await keepSealedSecret(tx, name, sealer.sealSecret(name, plainOf(name)))
  }
}

/** Keeps what the secrets are where they were not kept yet, derived from the secret that the database was made with. */
const completeSecrets = async (tx: Db, sealer: Sealer): Promise<void> => {
  const rows = await findSealedSecrets(tx)
  for (const name of sealedSecretNames) {
    if (!rows.has(name)) {
      await keepSealedSecret(tx, name, sealer.sealSecret(name, sealer.derivedSecret(name)))
    }
  }
}

/** Seals all that the one sealer opens with the other, in the transaction given. */
const reseal = async (tx: Db, from: Sealer, to: Sealer): Promise<void> => {
  await completeSecrets(tx, from)
  const secrets = await readSecrets(tx, from)
  await keepSecrets(tx, to, name => {
    const plain = secrets?.get(name)
    if (!plain) throw damaged(`The secret ${name}`)
    return plain
  })
  for (const row of await findKeys(tx)) {
    const key = from.openKey(row)
    if (!key) throw damaged(`The signing key ${row.kid}`)
    await updateKey(tx, row.kid, { sealedPrivate: to.sealKey(key) })
  }
  await keepSecretProof(tx, to.sealProof())
  await notifyKeysChanged(tx)
}

const settle = async (tx: Db, sealer: Sealer, previous: Sealer | null): Promise<void> => {
  await lockKeys(tx)
  const proof = await findSecretProof(tx)
  if (!proof) {
    await keepSecrets(tx, sealer, () => randomSecret(32))
    await keepSecretProof(tx, sealer.sealProof())
  } else if (sealer.opensProof(proof)) {
    await completeSecrets(tx, sealer)
  } else if (previous?.opensProof(proof)) {
    await reseal(tx, previous, sealer)
  } else {
    throw new StartError(
      previous
        ? 'This database is sealed neither with SIGNET_SECRET nor with SIGNET_SECRET_PREVIOUS. Give the one that it was set up with as SIGNET_SECRET_PREVIOUS; nothing was changed.'
        : 'This database was set up with another SIGNET_SECRET. Start with that one, or with what it was changed to since; to change it, give the old one in SIGNET_SECRET_PREVIOUS. Nothing was changed.',
    )
  }
}

/**
 * Opens the secrets of a database: makes them at the first start, and seals all anew where SIGNET_SECRET was changed and
 * the old one is given. Throws StartError for a secret that is not the database's; nothing is changed then.
 */
export const openVault = async (
  { db }: { readonly db: Database },
  { secret, previousSecret }: ServerSecrets,
): Promise<Vault> => {
  const sealer = createSealer(secret)
  let secrets = await readSecrets(db.prisma, sealer)
  if (!secrets) {
    await inTransaction(db, tx =>
      settle(tx, sealer, previousSecret === null ? null : createSealer(previousSecret)),
    )
    secrets = await readSecrets(db.prisma, sealer)
  }
  const pepper = secrets?.get('refresh-token-pepper')
  const sharedSecret = secrets?.get('hs256-signing-key')
  if (!pepper || !sharedSecret) {
    throw new StartError('SIGNET_SECRET was changed by another instance just now. Start with the new one.')
  }
  return {
    pepper,
    sharedSecret,
    sealKey: sealer.sealKey,
    openKey: sealer.openKey,
    isCurrent: async tx => {
      const proof = await findSecretProof(tx)
      return proof !== null && sealer.opensProof(proof)
    },
  }
}
