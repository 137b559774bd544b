// The feed in pieces, for those who follow it from elsewhere.
import type { Sql } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import type { Revocation } from './revocation.js'
import { findFeedEnd, findRevocationsAfter } from './store.js'

/** A piece of the feed. */
export interface FeedPiece {
  /** The number of the newest record, whether it is in this piece or not. */
  readonly newest: number
  /**
   * The record that the reader had last is not there: the database was restored, or took over without its newest records,
   * or the reader was away for long. This piece begins the feed anew.
   */
  readonly startAnew: boolean
  /** Whether there may be more behind this piece. */
  readonly more: boolean
  readonly records: readonly Revocation[]
}

/** Where to read, and how much. */
export interface FeedPosition {
  /** The number of the last record that the reader has; 0 for none. */
  readonly after: number
  readonly limit: number
}

/** Reads a piece of the feed. */
export const readFeed = async (
  { pool, clock }: { readonly pool: Sql; readonly clock: Clock },
  { after, limit }: FeedPosition,
): Promise<FeedPiece> => {
  const { newest, isKnown } = await findFeedEnd(pool, after)
  const records = await findRevocationsAfter(pool, { after: isKnown ? after : 0, limit, now: clock() })
  return { newest, startAnew: !isKnown, more: records.length === limit, records }
}

/** Reads a piece of the feed. */
export type ReadFeed = (position: FeedPosition) => Promise<FeedPiece>

/** What is told of a record elsewhere: nothing personal. Times as ISO 8601. */
export const toPublicRecord = ({ number, kind, subject, reason, revokedAt, expiresAt }: Revocation) => ({
  number,
  kind,
  subject,
  reason,
  revokedAt: revokedAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})
