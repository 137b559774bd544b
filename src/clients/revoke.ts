// Revokes a client: its credential opens nothing from then on, and its open streams end within seconds.
import type { Database } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { SignetError } from '../lib/errors.js'
import { isId } from '../lib/ids.js'
import { markClientRevoked } from './store.js'

/** Revokes a client. Throws NOT_FOUND where there is none, or none that was not revoked before. */
export const revokeClient = async (
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  id: string,
): Promise<void> => {
  if (isId(id) && (await markClientRevoked(db.prisma, id, clock()))) return
  throw new SignetError(
    'NOT_FOUND',
    'There is no client with this id that could be revoked; `signet clients list` lists all.',
  )
}
