// Sessions as rows. Rotation is one named statement on the pool; the rest is Prisma's.
import type { Pool } from 'pg'
import type { Db } from '../engines/database.js'
import type { SessionEndReason } from '../generated/prisma/enums.js'
import type { User } from '../users/user.js'
import type { Session } from './session.js'

/** A session with what proves its refresh token. */
export interface SessionRow extends Session {
  readonly generation: number
  readonly secretHash: Uint8Array<ArrayBuffer>
  readonly attemptHash: Uint8Array<ArrayBuffer> | null
}

/** A move of a session from one generation to the next. */
export interface Rotation {
  readonly sessionId: string
  readonly generation: number
  readonly secretHash: Uint8Array
  readonly nextSecretHash: Uint8Array
  readonly attemptHash: Uint8Array | null
  readonly now: Date
  /** A session last rotated before this moment has expired. */
  readonly idleSince: Date
}

// One conditional UPDATE: of any number of callers with the same token exactly one moves the row. It touches no
// indexed column, so it is HOT; the join reads the user's roles anew.
const rotateText = `
UPDATE sessions AS s
SET generation = s.generation + 1, secret_hash = $4, attempt_hash = $5, rotated_at = $6
FROM users AS u
WHERE s.id = $1 AND s.generation = $2 AND s.secret_hash = $3
  AND s.ended_at IS NULL AND s.expires_at > $6 AND s.rotated_at > $7
  AND u.id = s.user_id AND u.disabled_at IS NULL
RETURNING s.id, s.user_id AS "userId", s.delivery, s.created_at AS "createdAt", s.rotated_at AS "rotatedAt",
  s.expires_at AS "expiresAt", s.user_agent AS "userAgent", s.ip_address AS "ipAddress",
  u.email, u.name, u.roles, u.created_at AS "userCreatedAt"`

type RotatedRow = Omit<Session, 'endedAt' | 'endReason'> &
  Pick<User, 'email' | 'name' | 'roles'> & { readonly userCreatedAt: Date }

/** Moves a live session on; null when the row is not as the rotation says. */
export const rotateSession = async (
  { pool }: { readonly pool: Pick<Pool, 'query'> },
  rotation: Rotation,
): Promise<{ session: Session; user: User } | null> => {
  const { rows } = await pool.query<RotatedRow>({
    name: 'rotate_session',
    text: rotateText,
    values: [
      rotation.sessionId,
      rotation.generation,
      rotation.secretHash,
      rotation.nextSecretHash,
      rotation.attemptHash,
      rotation.now,
      rotation.idleSince,
    ],
  })
  const row = rows[0]
  if (!row) return null
  const { email, name, roles, userCreatedAt, ...session } = row
  return {
    session: { ...session, endedAt: null, endReason: null },
    user: { id: row.userId, email, name, roles, createdAt: userCreatedAt, disabledAt: null },
  }
}

/** Keeps a new session. */
export const insertSession = (db: Db, session: SessionRow): Promise<SessionRow> =>
  db.session.create({ data: session })

/** A session and its user, live or not. */
export const findSession = (db: Db, id: string): Promise<(SessionRow & { user: User }) | null> =>
  db.session.findUnique({ where: { id }, include: { user: true } })

/** Whether a session of this user goes on, and the user may use it. */
export const hasLiveSession = async (db: Db, id: string, userId: string, now: Date): Promise<boolean> =>
  (await db.session.count({
    where: { id, userId, endedAt: null, expiresAt: { gt: now }, user: { disabledAt: null } },
  })) === 1

/** A user's sessions that are neither ended nor expired, the newest first. */
export const findLiveSessions = (db: Db, userId: string, now: Date, idleSince: Date): Promise<Session[]> =>
  db.session.findMany({
    where: { userId, endedAt: null, expiresAt: { gt: now }, rotatedAt: { gt: idleSince } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })

/** Which sessions to end, of those that have not ended: one, all of a user, or all but one. */
export interface SessionSelection {
  readonly userId?: string
  readonly id?: string | { readonly not: string }
}

/** Marks sessions as ended; gives how many were. */
export const markSessionsEnded = async (
  db: Db,
  selection: SessionSelection,
  endedAt: Date,
  endReason: SessionEndReason,
): Promise<number> => {
  const { count } = await db.session.updateMany({
    where: { ...selection, endedAt: null },
    data: { endedAt, endReason },
  })
  return count
}

/** Deletes at most `limit` sessions whose absolute end lies before a moment; gives how many. */
export const deleteSessionsExpiredBefore = (db: Db, moment: Date, limit: number): Promise<number> =>
  db.$executeRaw`
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions WHERE expires_at < ${moment} ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`
