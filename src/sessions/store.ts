// Sessions as rows; start-store.ts has what puts them there, rotation-store.ts what moves them on.
import type { Db, Sql } from '../engines/database.js'
import type { SessionEndReason } from '../generated/prisma/enums.js'
import type { Stamp } from '../revocation/store.js'
import type { User } from '../users/user.js'
import type { Session } from './session.js'

/** A session with what proves its refresh token. */
export interface SessionRow extends Session {
  /** The last revocation when it began; one of everybody ends the sessions that did not know it. */
  readonly sinceNumber: bigint
  readonly generation: number
  readonly secretHash: Uint8Array<ArrayBuffer>
  readonly attemptHash: Uint8Array<ArrayBuffer> | null
}

/** A session and its user, live or not. */
export const findSession = async (db: Db, id: string): Promise<(SessionRow & { user: User }) | null> => {
  const session = await db.session.findUnique({ where: { id } })
  // Deleted at this moment, with all sessions: Prisma's `include` would call it a fault.
  const user = session && (await db.user.findUnique({ where: { id: session.userId } }))
  return user && { ...session, user }
}

/** A user's sessions that have not ended, expired or been ended with everybody's, the newest first. */
export const findLiveSessions = (
  db: Db,
  {
    userId,
    now,
    idleSince,
    everybodyNumber,
  }: {
    readonly userId: string
    readonly now: Date
    readonly idleSince: Date
    readonly everybodyNumber: bigint
  },
): Promise<Session[]> =>
  db.session.findMany({
    where: {
      userId,
      endedAt: null,
      expiresAt: { gt: now },
      rotatedAt: { gt: idleSince },
      sinceNumber: { gte: everybodyNumber },
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })

// What ends sessions counts them first and records last: all rows are locked before the feed is, which everybody shares.

/** Ends a session that goes on, with its record; gives 1, or 0 when it had ended. */
export const markSessionEnded = async (
  db: Db,
  id: string,
  reason: SessionEndReason,
  { at, until }: Stamp,
): Promise<number> => {
  const ended = await db.$queryRaw<unknown[]>`
    WITH ended AS (
      UPDATE sessions SET ended_at = ${at}, end_reason = ${reason}::session_end_reason
      WHERE id = ${id}::uuid AND ended_at IS NULL
        AND since_number >= (SELECT everybody_number FROM revocation_feed)
      RETURNING id)
    SELECT record_revocations('SESSION', array_agg(id), ${reason}::revocation_reason, ${at}, ${until})
    FROM ended HAVING count(*) > 0`
  return ended.length
}

/** Ends the sessions of a user that go on, but one, with a record each; gives how many. */
export const markOtherSessionsEnded = async (
  db: Db,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  reason: SessionEndReason,
  { at, until }: Stamp,
): Promise<number> => {
  const [row] = await db.$queryRaw<{ ended: number }[]>`
    WITH ended AS (
      UPDATE sessions SET ended_at = ${at}, end_reason = ${reason}::session_end_reason
      WHERE user_id = ${userId}::uuid AND id <> ${sessionId}::uuid AND ended_at IS NULL
        AND since_number >= (SELECT everybody_number FROM revocation_feed)
      RETURNING id)
    SELECT count(*)::int AS ended,
      record_revocations('SESSION', array_agg(id), ${reason}::revocation_reason, ${at}, ${until})
    FROM ended HAVING count(*) > 0`
  return row?.ended ?? 0
}

/** Ends all sessions of a user that go on, with one record of the user; gives how many. */
export const markAllSessionsEnded = async (
  db: Db,
  userId: string,
  reason: SessionEndReason,
  { at, until }: Stamp,
): Promise<number> => {
  const [row] = await db.$queryRaw<{ ended: number }[]>`
    WITH ended AS (
      UPDATE sessions SET ended_at = ${at}, end_reason = ${reason}::session_end_reason
      WHERE user_id = ${userId}::uuid AND ended_at IS NULL
        AND since_number >= (SELECT everybody_number FROM revocation_feed)
      RETURNING id)
    SELECT count(*)::int AS ended,
      record_revocations('USER', ARRAY[${userId}::uuid], ${reason}::revocation_reason, ${at}, ${until})
    FROM ended`
  return row?.ended ?? 0
}

/** Deletes the sessions of a user; gives how many of them went on. */
export const deleteSessionsOfUser = async (db: Db, userId: string): Promise<number> => {
  const [row] = await db.$queryRaw<{ live: number }[]>`
    WITH gone AS (DELETE FROM sessions WHERE user_id = ${userId}::uuid RETURNING ended_at, since_number)
    SELECT count(*)::int AS live FROM gone
    WHERE ended_at IS NULL AND since_number >= (SELECT everybody_number FROM revocation_feed)`
  return row?.live ?? 0
}

/** The name of notices of sign-ins. */
export const signInsChannel = 'signet_sign_ins'

/** Sends notices of sign-ins, one a text. */
export const notifySignIns = (pool: Sql, texts: readonly string[]): Promise<unknown> =>
  pool.query('SELECT pg_notify($1, text) FROM unnest($2::text[]) AS text', [signInsChannel, texts])

/** The sessions of these ids that go on. */
export const findSessionsById = async (reader: Sql, ids: readonly string[]): Promise<Session[]> => {
  const { rows } = await reader.query<Session>({
    name: 'sessions_by_id',
    text: `SELECT id, user_id AS "userId", delivery, created_at AS "createdAt", rotated_at AS "rotatedAt",
        expires_at AS "expiresAt", ended_at AS "endedAt", end_reason AS "endReason",
        user_agent AS "userAgent", ip_address AS "ipAddress"
      FROM sessions WHERE id = ANY($1::uuid[]) AND ended_at IS NULL ORDER BY id`,
    values: [ids],
  })
  return rows
}

/** Deletes at most `limit` sessions whose absolute end lies before a moment; gives how many. */
export const deleteSessionsExpiredBefore = (db: Db, moment: Date, limit: number): Promise<number> =>
  db.$executeRaw`
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions WHERE expires_at < ${moment} ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`
