// What puts a session's row there: one named statement, whatever the user proved who they are by.
import type { Sql } from '../engines/database.js'
import type { SignetError } from '../lib/errors.js'
import { userColumns } from '../users/store.js'
import type { KnownUser, User } from '../users/user.js'
import type { SessionRow } from './store.js'

/** How the user who signs in is found, if what they proved who they are by still holds: both are locked until the session is there. */
export interface Holding {
  /** Of the statement; another for each text. */
  readonly name: string
  /** What follows FROM: `users` is there as u, its rows locked FOR SHARE. Its parameters begin at $10. */
  readonly text: string
  readonly values: readonly unknown[]
  /** What one is told where it is not so any more. */
  readonly refusal: () => SignetError
}

/** A new session: what the user brings is not known yet. */
export type NewSession = Omit<SessionRow, 'userId' | 'sinceNumber' | 'endedAt' | 'endReason' | 'attemptHash'>

// First held, then asked for the last revocation: whoever had to wait for a change of the user must know of it, else the
// new session would be signed out with those of before.
const startText = (holding: Holding): string => `
WITH held AS MATERIALIZED (
  SELECT ${userColumns} FROM ${holding.text}
), known AS MATERIALIZED (
  SELECT *, last_revocation() AS "knownNumber" FROM held
), started AS (
  INSERT INTO sessions (id, delivery, created_at, expires_at, rotated_at, generation, secret_hash, user_agent, ip_address,
    user_id, since_number)
  SELECT $1::uuid, $2::token_delivery, $3::timestamptz, $4::timestamptz, $5::timestamptz, $6::int, $7::bytea, $8, $9,
    id, "knownNumber"
  FROM known WHERE "disabledAt" IS NULL
)
SELECT * FROM known`

/** Keeps a new session of the user who is found, unless they are disabled; null where nobody is found. */
export const insertSession = async (
  sql: Sql,
  holding: Holding,
  session: NewSession,
): Promise<KnownUser | null> => {
  const { rows } = await sql.query<User & { knownNumber: string }>({
    name: `start_session_${holding.name}`,
    text: startText(holding),
    values: [
      session.id,
      session.delivery,
      session.createdAt,
      session.expiresAt,
      session.rotatedAt,
      session.generation,
      session.secretHash,
      session.userAgent,
      session.ipAddress,
      ...holding.values,
    ],
  })
  const row = rows[0]
  if (!row) return null
  const { knownNumber, ...user } = row
  return { user, knownNumber: Number(knownNumber) }
}
