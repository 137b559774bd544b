// Brings the database to the shape this code expects. Files, table, checksum and lock are Prisma's, so that
// `prisma migrate` agrees with it; the difference: a migration and its record are one transaction, so that
// a process killed in between leaves nothing half done.
import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Log } from '../lib/log.js'
import { sha256 } from '../lib/secrets.js'
import { StartError } from '../lib/start-error.js'
import { takeMigrationLock } from './migration-lock.js'
import { requireSupportedServer } from './supported-server.js'

type Migration = { name: string; script: string }
type MigrationRecord = { name: string; checksum: string; finished: boolean }

const ownFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
const namesByFolder = new Map<string, string[]>()

const createTable = `CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`

// By way of pg_settings, because transaction_timeout is known from PostgreSQL 17 on only.
const liftTimeouts = `SELECT set_config(name, '0', false) FROM pg_settings
  WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`
// The timeout that pg itself keeps cannot be lifted, only put off: as far as a timer reaches.
const unhurried = { query_timeout: 2 ** 31 - 1 }

/**
 * Applies every migration of `folder` not applied yet, in the order of their names, under Prisma's advisory
 * lock. Resolves to the names applied now. Throws StartError, also when the database cannot be reached.
 */
export async function migrate(
  { pool, log }: { pool: pg.Pool; log: Log },
  folder = ownFolder,
  { lockSeconds = 60 }: { lockSeconds?: number } = {},
): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const client = await pool.connect().catch(failToConnect)
  // A connection that breaks says so here as well; unheard, that ends the process before the message is out.
  client.on('error', () => undefined)
  try {
    await requireSupportedServer(client)
    await client.query(liftTimeouts)
    await takeMigrationLock(client, log, lockSeconds)
    const pending = findPending(migrations, await readRecords(client))
    for (const migration of pending) await apply(client, log, migration)
    return pending.map(({ name }) => name)
  } catch (error) {
    return failStart(error)
  } finally {
    await client.query('ROLLBACK; SELECT pg_advisory_unlock_all()').catch(() => undefined)
    // Closed, not given back: neither the lifted timeouts nor anything a migration SET reaches a request.
    client.release(true)
  }
}

/**
 * Whether every migration this code brings is applied, by one query; their names are read from the disk once.
 * False before the first migration; throws what `pg` throws when the database cannot be asked.
 */
export async function areMigrationsApplied(
  { pool }: { pool: pg.Pool },
  folder = ownFolder,
): Promise<boolean> {
  const names = namesByFolder.get(folder) ?? (await readMigrations(folder)).map(({ name }) => name)
  namesByFolder.set(folder, names)
  try {
    const { rows } = await pool.query<{ applied: boolean }>(
      `SELECT count(DISTINCT migration_name) = cardinality($1::text[]) AS applied FROM _prisma_migrations
       WHERE migration_name = ANY ($1) AND finished_at IS NOT NULL AND rolled_back_at IS NULL`,
      [names],
    )
    return rows[0]?.applied === true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42P01') return false
    throw error
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const names = entries.filter(entry => !entry.isFile()).map(entry => entry.name)
    if (names.length === 0) throw new Error('there is none')
    const read = (name: string) => readFile(join(folder, name, 'migration.sql'), 'utf8')
    return await Promise.all(names.sort().map(async name => ({ name, script: await read(name) })))
  } catch (cause) {
    const problem = `The migrations in ${folder} cannot be read: ${describeCause(cause)}`
    throw new StartError(`${problem}. The installation is incomplete: install Signet again.`, { cause })
  }
}

async function readRecords(client: pg.PoolClient): Promise<MigrationRecord[]> {
  // Looked up, not CREATE … IF NOT EXISTS: that wants the right to create even where nothing is missing.
  const { rows } = await client.query<{ exists: boolean }>(
    `SELECT to_regclass(format('%I._prisma_migrations', current_schema())) IS NOT NULL AS exists`,
  )
  if (!rows[0]?.exists) await client.query(createTable)
  const records = await client.query<MigrationRecord>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return records.rows
}

function findPending(migrations: Migration[], records: MigrationRecord[]): Migration[] {
  const scripts = new Map(migrations.map(({ name, script }) => [name, script]))
  for (const record of records) {
    const problem = describeProblem(record, scripts.get(record.name))
    if (problem) throw new StartError(problem)
  }
  return migrations.filter(({ name }) => !records.some(record => record.name === name))
}

function describeProblem({ name, checksum, finished }: MigrationRecord, script?: string): string | null {
  if (!finished)
    return `Migration ${name} is recorded as failed, by another tool. Undo by hand what it left, then run: \
UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${name}' AND finished_at IS NULL`
  if (script === undefined)
    return `The database was migrated by a newer Signet (or by another application): this version does not \
know its migration ${name}. Install the newer version, or restore a backup from before it.`
  if (!checksumsOf(script).includes(checksum))
    return `Migration ${name} was changed after it was applied, so the database may differ from what this \
version expects. Put its migration.sql back as it was released.`
  return null
}

/** Of the script as it is, then with either end of line: git rewrites them, and Prisma forgives it too. */
function checksumsOf(script: string): [string, ...string[]] {
  const unix = script.replaceAll('\r\n', '\n')
  const sum = (text: string) => sha256(text).toString('hex')
  return [sum(script), sum(unix), sum(unix.replaceAll('\n', '\r\n'))]
}

async function apply(client: pg.PoolClient, log: Log, { name, script }: Migration): Promise<void> {
  try {
    await client.query('BEGIN')
    await client.query({ text: script, ...unhurried })
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, now(), 1)`,
      [randomUUID(), checksumsOf(script)[0], name],
    )
    await client.query('COMMIT')
    log.info({ migration: name }, 'migration applied')
  } catch (cause) {
    const at = cause instanceof pg.DatabaseError ? Number(cause.position) : Number.NaN
    const line = at > 0 ? ` in line ${script.slice(0, at - 1).split('\n').length}` : ''
    const problem = `Migration ${name} failed${line}: ${describeCause(cause)}`
    throw new StartError(`${problem}. It left nothing half done: mend the cause and start again.`, { cause })
  }
}

function describeCause(cause: unknown): string {
  if (cause instanceof pg.DatabaseError) return `${cause.message} (${cause.code})`
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

function failToConnect(cause: unknown): never {
  throw new StartError(
    `The database cannot be reached: ${describeCause(cause)}. Check DATABASE_URL, and that PostgreSQL runs and lets this account in.`,
    { cause },
  )
}

function failStart(cause: unknown): never {
  if (cause instanceof StartError) throw cause
  throw new StartError(`The database cannot be migrated: ${describeCause(cause)}.`, { cause })
}
