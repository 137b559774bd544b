// What moves a session's row on, by named statements on the pool.
import type { Db, Sql } from '../engines/database.js'
import { askTogether } from '../lib/ask-together.js'
import type { User } from '../users/user.js'
import type { Rotated, RotateTogether, Rotation, Session } from './session.js'
import type { SessionRow } from './store.js'

/** What stands in a statement for each part of a rotation, and for its place among others. */
type Parts = Readonly<Record<keyof Rotation | 'place', string>>

// One conditional UPDATE: of any number of callers with the same token exactly one moves the row. It touches no
// indexed column, so it is HOT; the joins read the user's roles anew, and which revocation was the last that this very
// reading could see. The row comes as one value: the driver describes and parses each column anew at every execution.
const rotateWith = (its: Parts, from: string): string => `
UPDATE sessions AS s
SET generation = s.generation + 1, secret_hash = ${its.nextSecretHash}, attempt_hash = ${its.attemptHash}, rotated_at = ${its.now}
FROM users AS u, revocation_feed AS f${from}
WHERE s.id = ${its.sessionId} AND s.generation = ${its.generation} AND s.secret_hash = ${its.secretHash}
  AND s.ended_at IS NULL AND s.expires_at > ${its.now} AND s.rotated_at > ${its.idleSince}
  AND (s.attempt_hash = ${its.attemptHash} AND s.rotated_at > ${its.graceSince}) IS NOT TRUE
  AND u.id = s.user_id AND u.disabled_at IS NULL AND s.since_number >= f.everybody_number
RETURNING json_build_object('place', ${its.place}, 'userId', s.user_id, 'delivery', s.delivery, 'createdAt', s.created_at,
  'expiresAt', s.expires_at, 'userAgent', s.user_agent, 'ipAddress', s.ip_address, 'email', u.email, 'name', u.name,
  'roles', u.roles, 'userCreatedAt', u.created_at, 'knownNumber', f.last_number) AS rotated`

const rotateText = rotateWith(
  {
    place: '0',
    sessionId: '$1',
    generation: '$2',
    secretHash: '$3',
    nextSecretHash: '$4',
    attemptHash: '$5',
    now: '$6',
    idleSince: '$7',
    graceSince: '$8',
  },
  '',
)

// Takes only rows that no other transaction holds, so it never waits: two that wait could wait for each other, and one row
// that is held would delay all callers. A row is locked only for who has its secret. The ids come once more, out of a SELECT:
// PostgreSQL takes what JSON holds for a hundred rows, and would read a whole small table for them.
const rotateUnheldText = `
WITH unheld AS MATERIALIZED (
  SELECT asked.* FROM json_to_recordset($1) AS asked (place int, "sessionId" uuid, generation int, "secretHash" bytea,
    "nextSecretHash" bytea, "attemptHash" bytea, now timestamptz, "idleSince" timestamptz, "graceSince" timestamptz)
  JOIN sessions AS s ON s.id = asked."sessionId" AND s.secret_hash = asked."secretHash"
  WHERE s.id = ANY ((SELECT $2::uuid[])::uuid[])
  FOR NO KEY UPDATE OF s SKIP LOCKED
)${rotateWith(
  {
    place: 'unheld.place',
    sessionId: 'unheld."sessionId"',
    generation: 'unheld.generation',
    secretHash: 'unheld."secretHash"',
    nextSecretHash: 'unheld."nextSecretHash"',
    attemptHash: 'unheld."attemptHash"',
    now: 'unheld.now',
    idleSince: 'unheld."idleSince"',
    graceSince: 'unheld."graceSince"',
  },
  ', unheld',
)}`

// As JSON has it: times as text, with their offset; numbers are exact up to 2^53.
interface Told
  extends Pick<Session, 'userId' | 'delivery' | 'userAgent' | 'ipAddress'>,
    Pick<User, 'email' | 'name' | 'roles'> {
  readonly place: number
  readonly createdAt: string
  readonly expiresAt: string
  readonly userCreatedAt: string
  readonly knownNumber: number
}

const readRotated = (told: Told, { sessionId, now }: Rotation): Rotated => {
  const { userId, delivery, userAgent, ipAddress, email, name, roles, knownNumber } = told
  return {
    session: {
      id: sessionId,
      userId,
      delivery,
      createdAt: new Date(told.createdAt),
      rotatedAt: now,
      expiresAt: new Date(told.expiresAt),
      endedAt: null,
      endReason: null,
      userAgent,
      ipAddress,
    },
    user: { id: userId, email, name, roles, createdAt: new Date(told.userCreatedAt), disabledAt: null },
    knownNumber,
  }
}

/** Moves a live session on; null when the row is not as the rotation says. Waits for whoever holds the row. */
export const rotateSession = async (
  { pool }: { readonly pool: Sql },
  rotation: Rotation,
): Promise<Rotated | null> => {
  const { rows } = await pool.query<{ rotated: Told }>({
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
  const told = rows[0]?.rotated
  return told ? readRotated(told, rotation) : null
}

// A bytea as PostgreSQL reads it out of text.
const toHex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`

const rotateUnheld = async (pool: Sql, rotations: readonly Rotation[]): Promise<(Rotated | null)[]> => {
  const asked = rotations.map((rotation, place) => ({
    ...rotation,
    place,
    secretHash: toHex(rotation.secretHash),
    nextSecretHash: toHex(rotation.nextSecretHash),
    attemptHash: rotation.attemptHash && toHex(rotation.attemptHash),
  }))
  const { rows } = await pool.query<{ rotated: Told }>({
    name: 'rotate_unheld_sessions',
    text: rotateUnheldText,
    values: [JSON.stringify(asked), rotations.map(({ sessionId }) => sessionId)],
  })
  const told = new Map(rows.map(({ rotated }) => [rotated.place, rotated]))
  return rotations.map((rotation, place) => {
    const own = told.get(place)
    return own ? readRotated(own, rotation) : null
  })
}

/**
 * Makes what moves live sessions on, those that requests of the same moment bring by one statement that waits for nobody. Null
 * says nothing of the session: that nobody else came, that somebody held the row, that several brought the same session, or
 * that the row is not as the rotation says. `rotateSession` tells.
 */
export const createRotateTogether = ({ pool }: { readonly pool: Sql }): RotateTogether =>
  askTogether(async rotations => (rotations.length > 1 ? rotateUnheld(pool, rotations) : [null]))

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
