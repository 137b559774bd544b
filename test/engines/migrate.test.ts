import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import pg from 'pg'
import { areMigrationsApplied, migrate } from '../../src/engines/migrate.js'
import { createLog } from '../../src/lib/log.js'
import { StartError } from '../../src/lib/start-error.js'
import { createTestDatabase } from '../support/database.js'

const log = createLog('silent')
const first = { '1_first': 'CREATE TABLE first (id int)' }
let database: Awaited<ReturnType<typeof createTestDatabase>>
let folder: string
let pools: pg.Pool[]

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
  folder = await mkdtemp(join(tmpdir(), 'signet-migrate-'))
  pools = []
})

afterEach(async () => {
  await Promise.all(pools.map(pool => pool.end()))
  await database.drop()
  await rm(folder, { recursive: true })
})

function openPool(config: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, ...config })
  // Dropping the database may cut a connection that is just being closed.
  pool.on('error', () => undefined)
  pools.push(pool)
  return pool
}

async function writeMigrations(scripts: Record<string, string>): Promise<void> {
  for (const [name, script] of Object.entries(scripts)) {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'migration.sql'), script)
  }
}

async function start(pool = openPool()): Promise<string[]> {
  return migrate({ pool, log }, folder, { lockSeconds: 5 })
}

async function exists(table: string): Promise<boolean> {
  const { rows } = await openPool().query('SELECT to_regclass($1) IS NOT NULL AS found', [table])
  return rows[0].found
}

async function heldLocks(): Promise<number> {
  const { rowCount } = await openPool().query(
    `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND datname = current_database()`,
  )
  return rowCount ?? 0
}

test('migrations are applied once, in the order of their names, beside files that are none', async () => {
  await writeMigrations({ ...first, '3_third': 'DROP TABLE second', '2_second': 'CREATE TABLE second ()' })
  await writeFile(join(folder, 'migration_lock.toml'), 'provider = "postgresql"')
  await expect(start()).resolves.toEqual(['1_first', '2_second', '3_third'])
  await expect(start()).resolves.toEqual([])
  await writeMigrations({ '4_fourth': 'CREATE TABLE fourth ()' })
  await expect(start()).resolves.toEqual(['4_fourth'])
  await expect(heldLocks()).resolves.toBe(0)
})

test('two processes that start at once migrate once', async () => {
  await writeMigrations({ '1_slow': 'CREATE TABLE a (); SELECT pg_sleep(.5)', '2_next': 'DROP TABLE a' })
  const applied = await Promise.all([start(), start(), start()])
  expect(applied.toSorted((a, b) => b.length - a.length)).toEqual([['1_slow', '2_next'], [], []])
})

test('a process cut off in the middle of a migration leaves nothing half done, and the next start does it', async () => {
  await writeMigrations({ ...first, '2_slow': 'CREATE TABLE slow (); SELECT pg_sleep(60)' })
  const outcome = expect(start()).rejects.toThrow(/^Migration 2_slow failed: terminating connection/)
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE query LIKE 'CREATE TABLE slow%' AND datname = current_database()`
  const watcher = openPool()
  while ((await watcher.query(cut)).rowCount === 0) await setTimeout(20)
  await outcome
  await expect(exists('slow')).resolves.toBe(false)
  await writeMigrations({ '2_slow': 'CREATE TABLE slow ()' })
  await expect(start()).resolves.toEqual(['2_slow'])
})

test('a process cut off between a migration and its record leaves nothing half done', async () => {
  const cut = `CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
    CREATE TRIGGER cut BEFORE INSERT ON _prisma_migrations FOR EACH ROW
    WHEN (NEW.migration_name = '2_cut') EXECUTE FUNCTION cut()`
  await writeMigrations({ '1_cut': cut, '2_cut': 'CREATE TABLE slow ()' })
  await expect(start()).rejects.toThrow(/^Migration 2_cut failed: /)
  await expect(exists('slow')).resolves.toBe(false)
})

test('a faulty migration stops the start with its name, its line and the cause, and holds no lock', async () => {
  await writeMigrations({ ...first, '2_faulty': 'CREATE TABLE half ();\n\nCREATE INDEX ON half (gone)' })
  await expect(start()).rejects.toThrow('Migration 2_faulty failed: column "gone" does not exist (42703)')
  await writeMigrations({ '2_faulty': 'CREATE TABLE half ();\n\nSELECT gone FROM half' })
  await expect(start()).rejects.toThrow('Migration 2_faulty failed in line 3: column "gone" does not exist')
  await expect(start()).rejects.toBeInstanceOf(StartError)
  await expect(exists('half')).resolves.toBe(false)
  await expect(heldLocks()).resolves.toBe(0)
})

test.each([
  ['1_first was changed after it was applied', `UPDATE _prisma_migrations SET checksum = repeat('0', 64)`],
  [
    /migrated by a newer Signet .* migration 9_newer/,
    `UPDATE _prisma_migrations SET migration_name = '9_newer'`,
  ],
  ['1_first is recorded as failed', 'UPDATE _prisma_migrations SET finished_at = NULL'],
])('a database stops the start where it holds: %s', async (problem, tamper) => {
  await writeMigrations(first)
  await start()
  await openPool().query(tamper)
  await expect(start()).rejects.toThrow(problem)
  await expect(start()).rejects.toBeInstanceOf(StartError)
})

test('a failed migration is applied anew once it is marked as rolled back, as the message says', async () => {
  await writeMigrations(first)
  await start()
  await openPool().query('DROP TABLE first; UPDATE _prisma_migrations SET finished_at = NULL')
  const message = await start().catch((error: Error) => error.message)
  await openPool().query(String(message).replace(/^.*run: /s, ''))
  await expect(start()).resolves.toEqual(['1_first'])
})

test('a checkout with other ends of line is not a changed migration', async () => {
  await writeMigrations({ '1_lines': 'SELECT 1;\nSELECT 2;\n', '2_lines': 'SELECT 1;\r\n' })
  await start()
  await writeMigrations({ '1_lines': 'SELECT 1;\r\nSELECT 2;\r\n', '2_lines': 'SELECT 1;\n' })
  await expect(start()).resolves.toEqual([])
})

test('a lock that another tool does not let go stops the start with the name of its holder', async () => {
  await writeMigrations(first)
  const other = openPool({ application_name: 'prisma-migrate', max: 1 })
  await other.query('SELECT pg_advisory_lock(72707369)')
  const waiting = migrate({ pool: openPool(), log }, folder, { lockSeconds: 0.3 })
  await expect(waiting).rejects.toThrow(/\(pid \d+, user \w+, prisma-migrate.*\)/)
  const patient = start()
  await setTimeout(300)
  await other.query('SELECT pg_advisory_unlock(72707369)')
  await expect(patient).resolves.toEqual(['1_first'])
})

test('a long migration outlives the timeouts of the pool, and nothing it sets reaches a request', async () => {
  const pool = openPool({ statement_timeout: 200, query_timeout: 250, max: 1 })
  await writeMigrations({ '1_long': 'SET search_path = nowhere, public; SELECT pg_sleep(0.6)' })
  await expect(start(pool)).resolves.toEqual(['1_long'])
  expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '200ms' }])
  expect((await pool.query('SHOW search_path')).rows).toEqual([{ search_path: '"$user", public' }])
})

test('a role that may only read the records starts where nothing is to be done', async () => {
  await writeMigrations(first)
  await start()
  await openPool().query('REVOKE CREATE ON SCHEMA public FROM PUBLIC')
  await openPool().query('GRANT SELECT ON _prisma_migrations TO pg_monitor')
  const reader = openPool({ options: '-c role=pg_monitor' })
  await expect(start(reader)).resolves.toEqual([])
  await writeMigrations({ '2_second': 'CREATE TABLE second ()' })
  await expect(start(reader)).rejects.toThrow(/^Migration 2_second failed in line 1: permission denied/)
})

test('PostgreSQL 13 stops the start with the version found', async () => {
  await writeMigrations(first)
  await openPool().query(
    `CREATE FUNCTION current_setting(text) RETURNS text LANGUAGE sql
     AS $$ SELECT CASE $1 WHEN 'server_version_num' THEN '130022' ELSE '13.22' END $$`,
  )
  const old = openPool({ options: '-c search_path=public,pg_catalog' })
  await expect(start(old)).rejects.toThrow('The database is PostgreSQL 13.22: Signet needs 14 or newer.')
})

test('a database out of reach and an installation without migrations stop the start', async () => {
  await expect(start()).rejects.toThrow(/^The migrations in .* cannot be read: there is none/)
  await expect(migrate({ pool: openPool(), log }, join(folder, 'gone'))).rejects.toThrow(StartError)
  await writeMigrations(first)
  const unreachable = openPool({ connectionString: 'postgresql://x@127.0.0.1:1/x' })
  await expect(start(unreachable)).rejects.toThrow(StartError)
})

test('readiness knows by one query whether every migration is applied', async () => {
  await writeMigrations(first)
  const pool = openPool()
  await expect(areMigrationsApplied({ pool }, folder)).resolves.toBe(false)
  await start()
  await expect(areMigrationsApplied({ pool }, folder)).resolves.toBe(true)
  await pool.query('UPDATE _prisma_migrations SET finished_at = NULL')
  await expect(areMigrationsApplied({ pool }, folder)).resolves.toBe(false)
})
