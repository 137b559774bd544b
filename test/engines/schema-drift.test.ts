// Holds prisma/migrations (what the database gets) against prisma/schema.prisma (what the code believes), and
// Signet's migrator against Prisma's own: both by Prisma's schema engine, in its WebAssembly build.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { PrismaPg } from '@prisma/adapter-pg'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { migrate } from '../../src/engines/migrate.js'
import { createLog } from '../../src/lib/log.js'
import { createTestDatabase } from '../support/database.js'

const migrationsFolder = resolve('prisma/migrations')
const migrationNames = readdirSync(migrationsFolder).filter(name => !name.includes('.'))
const readScript = (name: string) => readFileSync(join(migrationsFolder, name, 'migration.sql'), 'utf8')
const schema = { path: 'schema.prisma', content: readFileSync('prisma/schema.prisma', 'utf8') }
const filters = { externalTables: [], externalEnums: [] }
const migrationsList: engineModule.MigrationList = {
  baseDir: migrationsFolder,
  lockfile: { path: 'migration_lock.toml', content: null },
  shadowDbInitScript: '',
  migrationDirectories: migrationNames.map(path => ({
    path,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: readScript(path) } },
  })),
}

const engineFile = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
const engineBytes = readFileSync(join(dirname(engineFile), 'schema_engine_bg.wasm'))
// Node has it, its types do not; the engine's timers outlast its work, and are not to hold up the end of the run.
const { Module, Instance }: WebAssemblyGlobal = Reflect.get(globalThis, 'WebAssembly')
const engineImports = Object.entries(engineModule).map(([name, value]) =>
  name.startsWith('__wbg_setTimeout')
    ? [name, (run: () => void, ms: number) => setTimeout(run, ms).unref()]
    : [name, value],
)
const engineExports = new Instance(new Module(engineBytes), {
  './schema_engine_bg.js': Object.fromEntries(engineImports),
}).exports
engineModule.__wbg_set_wasm(engineExports)
// Where the engine reports that it panicked; without it a panic is a test that never ends.
Reflect.set(globalThis, 'PRISMA_WASM_PANIC_REGISTRY', {
  set_message: (message: string) => {
    throw new Error(message)
  },
})
engineExports.__wbindgen_start?.()

type WebAssemblyGlobal = {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, () => void> }
}

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool
let engine: engineModule.SchemaEngine

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
  pool = new pg.Pool({ connectionString: database.url })
  // Dropping the database may cut a connection that is just being closed.
  pool.on('error', () => undefined)
  const adapter = new PrismaPg(mended(pool))
  const options = { datamodels: [[schema.path, schema.content] satisfies [string, string]] }
  engine = await engineModule.SchemaEngine.new(options, () => undefined, answering(adapter))
})

afterEach(async () => {
  await pool.end()
  await database.drop()
  engine.free()
})

/**
 * The pool with two things mended that the engine stumbles over: PostgreSQL's one-byte "char" (18), which the
 * adapter does not know, becomes bpchar; and of constraints that are no keys (not null among them, since
 * PostgreSQL 18) it hears nothing, for it panics at them and would not compare them (prisma/orm#29635).
 */
function mended(unmended: pg.Pool): pg.Pool {
  const query = unmended.query.bind(unmended)
  return Object.assign(unmended, {
    query: async (asked: string | pg.QueryArrayConfig) => {
      if (typeof asked === 'string') return query(asked)
      const result = await query({ ...asked, text: asked.text.replace(/contype NOT IN \([^)]*\)/, 'false') })
      for (const field of result.fields) if (field.dataTypeID === 18) field.dataTypeID = 1042
      return result
    },
  })
}

/** An adapter as the engine wants it: every method answers `{ ok, value }` or `{ ok, error }`, none throws. */
function answering(target: object): object {
  const ok = (value: unknown) => ({
    ok: true,
    value: typeof value === 'object' && value && 'queryRaw' in value ? answering(value) : value,
  })
  const failed = (error: unknown) => ({ ok: false, error: error instanceof Error ? error.cause : error })
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args)
        return result instanceof Promise ? result.then(ok, failed) : ok(result)
      }
    },
  })
}

async function findDrift(): Promise<string> {
  const from = { tag: 'schemaDatasource' as const, files: [schema], configDir: '.' }
  const to = { tag: 'schemaDatamodel' as const, files: [schema] }
  const { exitCode, stdout } = await engine.diff({ from, to, script: true, exitCode: true, filters })
  return exitCode === 0 ? '' : (stdout ?? '')
}

const migrateBySignet = () => migrate({ pool, log: createLog('silent') })

test('the migrations make exactly the database that schema.prisma describes', async () => {
  await expect(findDrift()).resolves.toContain('CREATE TABLE "sessions"')
  await migrateBySignet()
  await expect(findDrift()).resolves.toBe('')
})

test.each([
  ['an index that is gone', 'DROP INDEX sessions_user_id_idx', 'CREATE INDEX "sessions_user_id_idx"'],
  ['a unique index that is gone', 'DROP INDEX users_email_key', 'CREATE UNIQUE INDEX "users_email_key"'],
  ['an index too many', 'CREATE INDEX extra ON users (name)', 'DROP INDEX "extra"'],
  ['another nullability', 'ALTER TABLE users ALTER name SET NOT NULL', 'COLUMN "name" DROP NOT NULL'],
  ['another type', 'ALTER TABLE users ALTER name TYPE varchar(9)', 'COLUMN "name" SET DATA TYPE TEXT'],
  [
    'another precision',
    'ALTER TABLE users ALTER created_at TYPE timestamptz(6)',
    '"created_at" SET DATA TYPE',
  ],
  ['another default', 'ALTER TABLE sessions ALTER generation SET DEFAULT 1', '"generation" SET DEFAULT 0'],
  ['a column too many', 'ALTER TABLE users ADD extra text', 'DROP COLUMN "extra"'],
  ['a table too many', 'CREATE TABLE extra (id int PRIMARY KEY)', 'DROP TABLE "extra"'],
  [
    'a primary key that is gone',
    'ALTER TABLE sessions DROP CONSTRAINT sessions_pkey',
    '"sessions_pkey" PRIMARY KEY',
  ],
  [
    'a foreign key that is gone',
    'ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey',
    'ON DELETE CASCADE',
  ],
  [
    'another action of a foreign key',
    'ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey, ADD CONSTRAINT sessions_user_id_fkey ' +
      'FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE',
    'ON DELETE CASCADE',
  ],
  ['another value of an enum', `ALTER TYPE token_delivery ADD VALUE 'PIGEON'`, '"token_delivery_new"'],
])('drift is found: %s', async (_, change, remedy) => {
  await migrateBySignet()
  await pool.query(change)
  await expect(findDrift()).resolves.toContain(remedy)
})

test('what Prisma does not compare is as designed: lists are not null, sessions leave room for HOT updates', async () => {
  await migrateBySignet()
  const { rows } = await pool.query(
    `SELECT reloptions, (SELECT array_agg(attrelid::regclass || '.' || attname)
                         FROM pg_attribute JOIN pg_class AS owner ON owner.oid = attrelid AND owner.relkind = 'r'
                         WHERE attndims > 0 AND NOT attnotnull AND attrelid >= 16384) AS null_lists
     FROM pg_class WHERE relname = 'sessions'`,
  )
  expect(rows).toEqual([{ reloptions: ['fillfactor=80'], null_lists: null }])
})

test('Prisma finds the history that Signet recorded complete and unchanged', async () => {
  await migrateBySignet()
  const request = { migrationsList, filters, optInToShadowDatabase: false }
  await expect(engine.diagnoseMigrationHistory(request)).resolves.toEqual({
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  })
  await expect(engine.applyMigrations({ migrationsList, filters })).resolves.toEqual({
    appliedMigrationNames: [],
  })
})

test('Signet finds a database that Prisma migrated complete and unchanged', async () => {
  const applied = await engine.applyMigrations({ migrationsList, filters })
  expect(applied.appliedMigrationNames).toEqual(migrationNames)
  await expect(migrateBySignet()).resolves.toEqual([])
})

test("none of Signet's migrations ends the transaction that it runs in", () => {
  const scripts = migrationNames.map(readScript).join('\n')
  expect(scripts).not.toMatch(/^\s*(BEGIN|COMMIT|END|ROLLBACK|START TRANSACTION)\b/im)
})
