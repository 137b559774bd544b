// For the tests of the embedded database: starts real ones and takes all of them away again.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { transformFile } from '@swc/core'
import pg from 'pg'
import type { EmbeddedPostgres } from '../../../src/engines/embedded-postgres.js'
import { startEmbeddedPostgres } from '../../../src/engines/embedded-postgres.js'
import { sleep } from '../../../src/lib/clock.js'
import { createLog } from '../../../src/lib/log.js'

const log = createLog('silent')
/** Whether the tests run as root. */
export const isRoot = process.getuid?.() === 0
let place = ''
let count = 0
const running = new Set<EmbeddedPostgres>()
/** Processes to be killed after each test. */
export const children = new Set<ChildProcess>()

/** A folder for DATA_DIR, not made yet, in a place that is taken away after the file's tests. */
export const newFolder = () => join(place, `d${count++}`)
/** Starts the database; it is stopped after the test. Its data is for throwing away unless durable. */
export const start = async (dataDir: string, durable = false) => {
  const database = await startEmbeddedPostgres({ log }, dataDir, { durable })
  running.add(database)
  return database
}
/** Stops a database before its test ends. */
export const stop = async (database: EmbeddedPostgres) => {
  running.delete(database)
  await database.stop()
}
/** Asks over a connection of its own, and gives the rows. */
export const ask = async (database: EmbeddedPostgres, statement: string): Promise<unknown[]> => {
  const client = new pg.Client({ ...database.connection, connectionTimeoutMillis: 5000 })
  // A connection that the killed server drops also says so here.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
/** Asks again and again, for at most ten seconds, until the database is back. */
export const askUntilAnswered = async (database: EmbeddedPostgres, statement: string) => {
  for (let tries = 0; tries < 200; tries++) {
    const rows = await ask(database, statement).catch(() => null)
    if (rows !== null) return rows
    await sleep(50)
  }
  throw new Error('no answer')
}
/** PostgreSQL's data folder in a DATA_DIR. */
export const dataOf = (dataDir: string) => join(dataDir, 'postgres', 'data')
/** Waits until something holds, for at most ten seconds. */
export const waitFor = async (holds: () => Promise<boolean>) => {
  for (let tries = 0; tries < 1000 && !(await holds()); tries++) await sleep(10)
}
/** A dead process that nobody has waited for yet (state Z) still has its pid. */
export const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Starts a process of its own that starts the database on `dataDir` and then waits to be killed. */
export const startInProcess = (dataDir: string) => {
  const child = spawn(process.execPath, [join(place, 'built', 'start.js'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  const said = new Promise<string>(settle => child.stdout.once('data', chunk => settle(String(chunk))))
  return { child, said }
}

const build = async (folder: string) => {
  for (const part of ['engines', 'lib']) {
    const entries = await readdir(join('src', part), { recursive: true })
    for (const entry of entries.filter(name => name.endsWith('.ts'))) {
      const target = join(folder, 'src', part, entry.replace(/\.ts$/, '.js'))
      const { code } = await transformFile(join('src', part, entry), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      })
      await mkdir(join(target, '..'), { recursive: true })
      await writeFile(target, code)
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(
    join(folder, 'start.js'),
    `import { startEmbeddedPostgres } from './src/engines/embedded-postgres.js'
     const log = { info() {}, warn() {}, error() {}, debug() {} }
     const database = await startEmbeddedPostgres({ log }, process.argv[2], { durable: false })
     console.log(database.pid())
     setInterval(() => undefined, 60_000)`,
  )
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
}

/** Registers what each test file of the embedded database needs before and after its tests. */
export const useEmbeddedDatabases = () => {
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'signet-embedded-'))
    await build(join(place, 'built'))
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    for (const database of running) await stop(database)
  })
  afterAll(() => rm(place, { recursive: true, force: true }))
}
