// Proves that this instance has the secret that the database was made with, whatever algorithm signs. Another one would
// derive other successors of refresh tokens, and sign clients out by accident.
import type { Database } from '../engines/database.js'
import { deriveSecret, seal, unseal } from '../lib/secrets.js'
import { StartError } from '../lib/start-error.js'
import { findSecretProof, keepFirstSecretProof } from './store.js'

const known = 'signet'

/** Leaves the proof at the first start and checks it at every other. Throws StartError for another secret. */
export const proveSecret = async ({ db }: { readonly db: Database }, secret: string): Promise<void> => {
  const key = deriveSecret(secret, 'secret-proof')
  await keepFirstSecretProof(db.prisma, seal(key, Buffer.from(known), known))
  const sealed = await findSecretProof(db.prisma)
  if (!sealed || unseal(key, sealed, known) === null) {
    throw new StartError(
      'This database was set up with another SIGNET_SECRET. Start with that one; nothing was changed.',
    )
  }
}
