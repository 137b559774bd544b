// Revocations as rows. They are written by the database's own function record_revocations, also from within the
// statements of other stores, so that cause and record are one transaction.
import type { QueryResultRow } from 'pg'
import type { Db, Sql } from '../engines/database.js'
import type { RevocationReason } from '../generated/prisma/enums.js'
import type { Revocation } from './revocation.js'

/** When a record is made, and when no token that it concerns can be alive any more. */
export interface Stamp {
  readonly at: Date
  readonly until: Date
}

// The reason is of the generated kind: the compiler objects when the database has one that the code does not know.
type Row = QueryResultRow &
  Omit<Revocation, 'number' | 'reason'> & { readonly number: string; readonly reason: RevocationReason }

/** At most `limit` records after a number, in the order of their numbers; those that expired by `now` are left out. */
export const findRevocationsAfter = async (
  reader: Sql,
  { after, limit, now }: { readonly after: number; readonly limit: number; readonly now: Date },
): Promise<Revocation[]> => {
  const { rows } = await reader.query<Row>({
    name: 'revocations_after',
    text: `SELECT number, kind, subject, reason, revoked_at AS "revokedAt", expires_at AS "expiresAt"
      FROM revocations WHERE number > $1 AND expires_at > $3 ORDER BY number LIMIT $2`,
    values: [after, limit, now],
  })
  return rows.map(row => ({ ...row, number: Number(row.number) }))
}

/** The end of the feed, as somebody sees it who has read up to a number. */
export interface FeedEnd {
  /** The number of the newest record. */
  readonly newest: number
  /** Whether the record of that number is there, and so are all below it that are alive. */
  readonly isKnown: boolean
}

/** The end of the feed. The newest record is kept, expired or not: whoever has read it is known for it. */
export const findFeedEnd = async (reader: Sql, after: number): Promise<FeedEnd> => {
  const { rows } = await reader.query<{ newest: string; isKnown: boolean }>({
    name: 'feed_end',
    text: `SELECT last_number AS newest, $1::bigint = 0 OR EXISTS (SELECT FROM revocations WHERE number = $1::bigint) AS "isKnown"
      FROM revocation_feed`,
    values: [after],
  })
  return { newest: Number(rows[0]?.newest ?? 0), isKnown: rows[0]?.isKnown ?? after === 0 }
}

/** Where the feed stands. */
export interface FeedHead {
  readonly lastNumber: bigint
  /** Sessions that began before this number have ended. */
  readonly everybodyNumber: bigint
  readonly everybodyAt: Date | null
}

/** Where the feed stands. */
export const findFeedHead = (db: Db): Promise<FeedHead> => db.revocationFeed.findFirstOrThrow()

/** Records that a user's tokens of before are of no use. */
export const recordUser = (db: Db, userId: string, reason: RevocationReason, { at, until }: Stamp) =>
  db.$queryRaw`SELECT record_revocations('USER', ARRAY[${userId}::uuid], ${reason}::revocation_reason, ${at}, ${until})`

/** Records that one token is of no use. */
export const recordToken = (db: Db, tokenId: string, { at, until }: Stamp) =>
  db.$queryRaw`SELECT record_revocations('TOKEN', ARRAY[${tokenId}::uuid], 'ADMIN', ${at}, ${until})`

/** Records that everybody's tokens of before are of no use, and that the sessions of before have ended. */
export const recordEverybody = (db: Db, { at, until }: Stamp) =>
  db.$queryRaw`SELECT record_revocations('EVERYBODY', ARRAY[NULL::uuid], 'ADMIN', ${at}, ${until})`

/** Deletes at most `limit` records that expired, but the newest; gives how many. */
export const deleteExpiredRevocations = (db: Db, now: Date, limit: number): Promise<number> =>
  db.$executeRaw`
    DELETE FROM revocations WHERE number IN (
      SELECT number FROM revocations
      WHERE expires_at < ${now} AND number < (SELECT last_number FROM revocation_feed)
      ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`
