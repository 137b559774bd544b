// Made-up users and sessions, so many that PostgreSQL makes them itself: ids and refresh secrets come of a seed by a
// formula that stands here twice, in SQL and in TypeScript, so that the bench can present any session's token.
import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { formatRefreshToken } from '../../dist/sessions/refresh-token.js'
import { createPasswordHashing } from '../../dist/sign-in/password/hash.js'

/** The password that all of them have. */
export const password = 'a million of the same'

/** Who the made-up users are, by their index from 0. The first one is an administrator. */
export interface Population {
  readonly count: number
  userId(index: number): string
  email(index: number): string
  /** The token that the session of this user began with. */
  firstRefreshToken(index: number): string
  /** Makes them all, in batches; `onProgress` gets how many there are. */
  fill(client: Client, onProgress: (done: number) => void): Promise<void>
}

const daysBack = 20
const batch = 20_000

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()

// Rows of `n`: index, moment in milliseconds and the hashes that ids are cut from. $1 seed, $2 and $3 first and last
// index, $4 the first moment, $5 the step from one to the next.
const people = `
  SELECT n, ms, to_timestamp(ms / 1000.0) AS at,
    (lpad(to_hex(ms), 12, '0') || '7' || substr(u, 1, 3) || '8' || substr(u, 4, 15))::uuid AS user_id,
    (lpad(to_hex(ms), 12, '0') || '7' || substr(s, 1, 3) || '8' || substr(s, 4, 15))::uuid AS session_id,
    substr(md5($1 || ' email ' || n), 1, 16) || '@example.com' AS email
  FROM (SELECT n, $4::bigint + n * $5::bigint AS ms, md5($1 || ' user ' || n) AS u, md5($1 || ' session ' || n) AS s
    FROM generate_series($2::int, $3::int) AS n) AS numbers`

const insertUsers = `INSERT INTO users (id, email, name, roles, created_at)
  SELECT user_id, email, 'Grace Hopper ' || n, CASE n WHEN 0 THEN ARRAY['admin'] ELSE ARRAY[]::text[] END, at
  FROM (${people}) AS people`

const insertPasswords = `INSERT INTO passwords (user_id, hash, changed_at)
  SELECT user_id, $6, at FROM (${people}) AS people`

const insertSessions = `INSERT INTO sessions
    (id, user_id, delivery, created_at, expires_at, rotated_at, secret_hash, user_agent, ip_address)
  SELECT session_id, user_id, 'BODY', at, at + interval '30 days',
    greatest(at, now() - random() * interval '5 days'),
    sha256(sha256(convert_to($1 || ' secret ' || n, 'UTF8'))),
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    '203.0.113.' || n % 256
  FROM (${people}) AS people`

/** Describes so many users and sessions; nothing is made before `fill`. */
export const createPopulation = (seed: string, count: number, now: number): Population => {
  const firstMs = now - daysBack * 86_400_000
  const stepMs = Math.floor((daysBack * 86_400_000) / (count + 1))
  const id = (kind: string, index: number): string => {
    const moment = (firstMs + index * stepMs).toString(16).padStart(12, '0')
    const tail = md5(`${seed} ${kind} ${index}`)
    return `${moment.slice(0, 8)}-${moment.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6, 18)}`
  }
  return {
    count,
    userId: index => id('user', index),
    email: index => `${md5(`${seed} email ${index}`).slice(0, 16)}@example.com`,
    firstRefreshToken: index =>
      formatRefreshToken({
        sessionId: id('session', index),
        generation: 0,
        secret: sha256(`${seed} secret ${index}`),
      }),
    fill: async (client, onProgress) => {
      const hash = await createPasswordHashing(1).hash(password)
      for (let first = 0; first < count; first += batch) {
        const last = Math.min(first + batch, count) - 1
        const values = [seed, first, last, firstMs, stepMs]
        await client.query(insertUsers, values)
        await client.query(insertPasswords, [...values, hash])
        await client.query(insertSessions, values)
        onProgress(last + 1)
      }
      await client.query('VACUUM (ANALYZE)')
      await client.query('CHECKPOINT')
    },
  }
}
