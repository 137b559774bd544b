// What every revocation has in common: its record is written in the transaction of its cause, and when the cause is
// answered, this instance refuses what was revoked and the others have been told.
import type { Clock } from '../lib/clock.js'
import { addSeconds } from '../lib/clock.js'
import type { Feed } from './feed.js'
import type { Stamp } from './store.js'

/** What functions that revoke take. */
export interface RevocationNeeds {
  readonly clock: Clock
  readonly feed: Pick<Feed, 'announce'>
  /** How long a record is kept: as long as a token issued just before it can be alive on any instance's clock. */
  readonly revocationSeconds: number
}

/** Does what revokes; `work` writes cause and record in one transaction, both with the stamp it is given. */
export const revoking = async <T>(
  { clock, feed, revocationSeconds }: RevocationNeeds,
  work: (stamp: Stamp) => Promise<T>,
): Promise<T> => {
  const at = clock()
  const result = await work({ at, until: addSeconds(at, revocationSeconds) })
  await feed.announce()
  return result
}
