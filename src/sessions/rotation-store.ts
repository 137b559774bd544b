// What moves a session's row on. Rotation is one named statement on the pool.
import type { Db, Sql } from '../engines/database.js'
import type { KnownUser, User } from '../users/user.js'
import type { Session } from './session.js'
import type { SessionRow } from './store.js'

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
  /** A session rotated after this moment by the same attempt stays as it is: the attempt has been carried out. */
  readonly graceSince: Date
}

// One conditional UPDATE: of any number of callers with the same token exactly one moves the row. It touches no
// indexed column, so it is HOT; the joins read the user's roles anew, and which revocation was the last that this very
// reading could see. The row comes as one value: the driver describes and parses each column anew at every execution.
const rotateText = `
UPDATE sessions AS s
SET generation = s.generation + 1, secret_hash = $4, attempt_hash = $5, rotated_at = $6
FROM users AS u, revocation_feed AS f
WHERE s.id = $1 AND s.generation = $2 AND s.secret_hash = $3
  AND s.ended_at IS NULL AND s.expires_at > $6 AND s.rotated_at > $7
  AND (s.attempt_hash = $5 AND s.rotated_at > $8) IS NOT TRUE
  AND u.id = s.user_id AND u.disabled_at IS NULL AND s.since_number >= f.everybody_number
RETURNING json_build_object('userId', s.user_id, 'delivery', s.delivery, 'createdAt', s.created_at, 'expiresAt', s.expires_at,
  'userAgent', s.user_agent, 'ipAddress', s.ip_address, 'email', u.email, 'name', u.name, 'roles', u.roles,
  'userCreatedAt', u.created_at, 'knownNumber', f.last_number) AS rotated`

// As JSON has it: times as text, with their offset; numbers are exact up to 2^53.
interface Rotated
  extends Pick<Session, 'userId' | 'delivery' | 'userAgent' | 'ipAddress'>,
    Pick<User, 'email' | 'name' | 'roles'> {
  readonly createdAt: string
  readonly expiresAt: string
  readonly userCreatedAt: string
  readonly knownNumber: number
}

/** Moves a live session on; null when the row is not as the rotation says. */
export const rotateSession = async (
  { pool }: { readonly pool: Sql },
  rotation: Rotation,
): Promise<(KnownUser & { session: Session }) | null> => {
  const { rows } = await pool.query<{ rotated: Rotated }>({
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
      rotation.graceSince,
    ],
  })
  const row = rows[0]?.rotated
  if (!row) return null
  const { userId, delivery, userAgent, ipAddress, email, name, roles, knownNumber } = row
  return {
    session: {
      id: rotation.sessionId,
      userId,
      delivery,
      createdAt: new Date(row.createdAt),
      rotatedAt: rotation.now,
      expiresAt: new Date(row.expiresAt),
      endedAt: null,
      endReason: null,
      userAgent,
      ipAddress,
    },
    user: { id: userId, email, name, roles, createdAt: new Date(row.userCreatedAt), disabledAt: null },
    knownNumber,
  }
}

/**
 * Notes that an attempt was answered again: until now nobody may have had the session's current token, so it was used
 * now, and what races with this answer has as much time as after a rotation.
 */
export const noteRetry = async (
  db: Db,
  { id, generation, attemptHash }: Pick<SessionRow, 'id' | 'generation' | 'attemptHash'>,
  now: Date,
): Promise<void> =>
  void (await db.session.updateMany({
    where: { id, generation, attemptHash, endedAt: null },
    data: { rotatedAt: now },
  }))
