// Makes a client and its credential, which is told once and kept nowhere.
import type { Database } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { BadInputError } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import { formatCredential, hashCredential, newCredential } from './credential.js'
import { insertClient } from './store.js'

const namePattern = /^[^\p{Cc}\p{Cs}]{1,64}$/u

/** Makes a client; gives its credential as text. Throws BAD_USER_INPUT for a name that cannot be. */
export const createClient = async (
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  given: string,
): Promise<string> => {
  const name = given.trim()
  if (!namePattern.test(name)) {
    throw new BadInputError('The name of a client has 1 to 64 characters, all of them printable.')
  }
  const credential = newCredential(newId())
  await insertClient(
    db.prisma,
    { id: credential.clientId, name, createdAt: clock() },
    hashCredential(credential),
  )
  return formatCredential(credential)
}
