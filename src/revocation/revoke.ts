// What every revocation has in common: its record is written in the transaction of its cause; then this instance reads it,
// before the cause is answered, and the others are told.
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

/** The times of a record made now. */
export const stampOf = ({
  clock,
  revocationSeconds,
}: Pick<RevocationNeeds, 'clock' | 'revocationSeconds'>): Stamp => {
  const at = clock()
  return { at, until: addSeconds(at, revocationSeconds) }
}

/** Does what revokes; `work` writes cause and record in one transaction, both with the stamp it is given. */
export const withRevocation = async <T>(
  needs: RevocationNeeds,
  work: (stamp: Stamp) => Promise<T>,
): Promise<T> => {
  const result = await work(stampOf(needs))
  await needs.feed.announce()
  return result
}
