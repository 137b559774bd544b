// A table of a million sessions whose ids are numbers and whose secrets are zeros, so that pgbench can rotate them;
// and pgbench itself, with the statement of Signet's store.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { query } from './database.js'
import { runJob } from './measure.js'

const sessionsPerUser = 4

const idStart = '00000000-0000-4000-8000-'

/** The secret of all of them, and what the table holds of it. */
export const secret = Buffer.alloc(32)
const secretHash = createHash('sha256').update(secret).digest('hex')

/** A prime: so many sessions further, whoever visits goes through all of them once in a scattered order. */
export const stride = 611_953

/** Makes the sessions from one number to another, and their users. */
export const fillSessions = async (url, from, to) => {
  const id = number => `('${idStart}' || lpad(to_hex(${number}), 12, '0'))::uuid`
  const users = number => Math.ceil(number / sessionsPerUser)
  await query(
    url,
    `INSERT INTO users (id, email, roles, created_at)
      SELECT ${id('n')}, n || '@example.com', '{}', now() FROM generate_series(${users(from)} + 1, ${users(to)}) n`,
    `INSERT INTO sessions (id, user_id, delivery, created_at, expires_at, rotated_at, secret_hash, user_agent, ip_address)
      SELECT ${id('n')}, ${id(`(n - 1) / ${sessionsPerUser} + 1`)}, 'BODY', now(), now() + interval '30 days', now(),
        decode('${secretHash}', 'hex'), 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', '192.0.2.7'
      FROM generate_series(${from} + 1, ${to}) n`,
    'VACUUM ANALYZE sessions',
    'VACUUM ANALYZE users',
  )
}

/** Puts rotated sessions back to their beginning, and the table in order. */
export const resetSessions = url =>
  query(
    url,
    `UPDATE sessions SET generation = 0, secret_hash = decode('${secretHash}', 'hex') WHERE generation > 0`,
    'VACUUM sessions',
    'CHECKPOINT',
  )

const pgbenchScript = text => {
  const values = [
    `('${idStart}' || lpad(to_hex(:session::bigint), 12, '0'))::uuid`,
    '0',
    ':hash::bytea',
    ':hash::bytea',
    'NULL::bytea',
    'now()',
    "'1970-01-01'::timestamptz",
    'now()',
  ]
  const statement = values.reduce((sql, value, index) => sql.replaceAll(`$${index + 1}`, value), text)
  return `\\set visit :start + :client_id * :span + :turn
\\set turn :turn + 1
\\set session (:visit * :stride) % :sessions + 1
${statement.trim().replaceAll('\n', ' ')};
`
}

const pgbench = async (url, text, { clients, seconds, start, span, sessions }, turn) => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  try {
    const script = join(folder, 'rotate.sql')
    writeFileSync(script, pgbenchScript(text))
    const numbers = { start, span, stride, sessions, turn, hash: `\\x${secretHash}` }
    const defined = Object.entries(numbers).flatMap(([name, value]) => ['-D', `${name}=${value}`])
    const { stdout } = await promisify(execFile)('pgbench', [
      ...['-n', '-M', 'prepared', '-c', String(clients), '-j', String(Math.min(clients, 2))],
      ...['-T', String(seconds), '-f', script, ...defined, url],
    ])
    return { perSecond: Number(/tps = ([\d.]+)/.exec(stdout)[1]) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rotates with pgbench, prepared statements, warmed up as the others are: transactions a second. */
export const rotateByPgbench = async (url, text, { warmSeconds = 0, ...job }) => {
  if (warmSeconds > 0) await pgbench(url, text, { ...job, seconds: warmSeconds }, 0)
  return pgbench(url, text, job, warmSeconds > 0 ? Math.floor(job.span / 2) : 0)
}

/** The id of the session with this number. */
export const idOf = number => idStart + number.toString(16).padStart(12, '0')

/** Rotates in one of the ways of rotate.js. */
export const rotateBy = (way, url, job) =>
  runJob('harness/rotate.js', { way, stride, ...job }, { DATABASE_URL: url })
