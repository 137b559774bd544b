// The feed in pieces, for those who follow it from elsewhere.
import type { Clock } from '../lib/clock.js'
import type { Revocation } from './revocation.js'
import type { FeedReader } from './store.js'
import { findLastNumber, findRevocationsAfter } from './store.js'

/** A piece of the feed. */
export interface FeedPage {
  /** The number of the newest record, whether it is in this piece or not. */
  readonly newest: number
  /** The reader knew more than the database does, which was restored: this piece begins the feed anew. */
  readonly startAnew: boolean
  /** Whether there may be more behind this piece. */
  readonly more: boolean
  readonly records: readonly Revocation[]
}

/** Where to read, and how much. */
export interface FeedRequest {
  /** The last number that the reader has. */
  readonly after: number
  /** So many numbers of before are read again. */
  readonly overlap: number
  readonly limit: number
}

/** Reads a piece of the feed. */
export const readFeed = async (
  { pool, clock }: { readonly pool: FeedReader; readonly clock: Clock },
  { after, overlap, limit }: FeedRequest,
): Promise<FeedPage> => {
  const newest = await findLastNumber(pool)
  const startAnew = after > newest
  const from = startAnew ? 0 : Math.max(0, after - overlap)
  const records = await findRevocationsAfter(pool, { after: from, limit, now: clock() })
  return { newest, startAnew, more: records.length === limit, records }
}

/** Reads a piece of the feed. */
export type ReadFeed = (request: FeedRequest) => Promise<FeedPage>

/** What is told of a record elsewhere: nothing personal. Times as ISO 8601. */
export const toPublicRecord = ({ number, kind, subject, reason, revokedAt, expiresAt }: Revocation) => ({
  number,
  kind,
  subject,
  reason,
  revokedAt: revokedAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})
