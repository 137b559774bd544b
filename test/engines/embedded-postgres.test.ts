// The embedded database through the real thing: starts, kills, forged and stale files, other people's folders.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { transformFile } from '@swc/core'
import pg from 'pg'
import { findBinaries } from '../../src/engines/embedded-postgres/binaries.js'
import { findTellingLine } from '../../src/engines/embedded-postgres/server-log.js'
import type { EmbeddedPostgres } from '../../src/engines/embedded-postgres.js'
import { startEmbeddedPostgres } from '../../src/engines/embedded-postgres.js'
import { sleep } from '../../src/lib/clock.js'
import { createLog } from '../../src/lib/log.js'

const log = createLog('silent')
const isRoot = process.getuid?.() === 0
let place = ''
let count = 0
const running = new Set<EmbeddedPostgres>()
const children = new Set<ChildProcess>()

const newFolder = () => join(place, `d${count++}`)
const start = async (dataDir: string, durable = false) => {
  const database = await startEmbeddedPostgres({ log }, dataDir, { durable })
  running.add(database)
  return database
}
const stop = async (database: EmbeddedPostgres) => {
  running.delete(database)
  await database.stop()
}
const ask = async (database: EmbeddedPostgres, statement: string): Promise<unknown[]> => {
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
const askUntilAnswered = async (database: EmbeddedPostgres, statement: string) => {
  for (let tries = 0; tries < 200; tries++) {
    const rows = await ask(database, statement).catch(() => null)
    if (rows !== null) return rows
    await sleep(50)
  }
  throw new Error('no answer')
}
const dataOf = (dataDir: string) => join(dataDir, 'postgres', 'data')
const waitFor = async (holds: () => Promise<boolean>) => {
  for (let tries = 0; tries < 1000 && !(await holds()); tries++) await sleep(10)
}
/** A dead process that nobody has waited for yet (state Z) still has its pid. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Starts a process of its own that starts the database on `dataDir` and then waits to be killed. */
const startInProcess = (dataDir: string) => {
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

describe('the embedded database', () => {
  test('keeps what was written over a stop and a start, and leaves no process and no socket behind', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    const pid = first.pid() ?? 0
    await ask(first, 'CREATE TABLE kept AS SELECT 7 AS n')
    await stop(first)
    expect(first.pid()).toBeNull()
    expect(isAlive(pid)).toBe(false)
    expect((await readdir(dataOf(dataDir))).filter(name => /PGSQL|postmaster\.pid/.test(name))).toEqual([])
    const second = await start(dataDir)
    expect(await ask(second, 'SELECT n FROM kept')).toEqual([{ n: 7 }])
    expect(second.connection).toEqual(first.connection)
  })

  test('listens on no network, refuses a wrong password, and keeps the right one to its owner', async () => {
    const dataDir = newFolder()
    const database = await start(dataDir)
    expect(await ask(database, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }])
    const password = `${database.connection.password}x`
    const intruder = new pg.Client({ ...database.connection, password })
    await expect(intruder.connect()).rejects.toMatchObject({ code: '28P01' })
    const secret = join(dataDir, 'postgres', 'password')
    expect((await stat(secret)).mode & 0o077).toBe(0)
    expect((await stat(dataOf(dataDir))).mode & 0o077).toBe(0)
    expect((await stat(join(dataDir, 'postgres.log'))).mode & 0o077).toBe(0)
    expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).not.toContain(database.connection.password)
  })

  test('orders text the same on every machine and waits for the disk unless told that its data is for throwing away', async () => {
    const database = await start(newFolder(), true)
    expect(await ask(database, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
    expect(
      await ask(
        database,
        'SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()',
      ),
    ).toEqual([{ datlocprovider: 'b', datlocale: 'C.UTF-8' }])
  })

  test('works in a folder too deep for a socket path', async () => {
    const dataDir = join(newFolder(), 'deep'.repeat(20), 'deeper'.repeat(20))
    const database = await start(dataDir)
    expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
    await stop(database)
    await expect(ask(database, 'SELECT 1')).rejects.toThrow()
  })

  test('is started again on the same connection when its process is killed, with what was written', async () => {
    const database = await start(newFolder(), true)
    const pid = database.pid() ?? 0
    await ask(database, 'CREATE TABLE kept AS SELECT 7 AS n')
    for (const round of [1, 2]) {
      process.kill(database.pid() ?? 0, 'SIGKILL')
      await waitFor(async () => database.pid() === null)
      expect({ round, rows: await askUntilAnswered(database, 'SELECT n FROM kept') }).toEqual({
        round,
        rows: [{ n: 7 }],
      })
    }
    expect(database.pid()).not.toBe(pid)
  })

  test('is taken over from a Signet that was killed, with what that one wrote', async () => {
    const dataDir = newFolder()
    const { child, said } = startInProcess(dataDir)
    const orphan = Number(await said)
    child.kill('SIGKILL')
    expect(isAlive(orphan)).toBe(true)
    const database = await start(dataDir)
    expect(isAlive(orphan)).toBe(false)
    expect(database.pid()).not.toBe(orphan)
    expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('is found among the running processes even if its pid file is garbage', async () => {
    const dataDir = newFolder()
    const { child, said } = startInProcess(dataDir)
    const orphan = Number(await said)
    child.kill('SIGKILL')
    await writeFile(join(dataOf(dataDir), 'postmaster.pid'), '\0\0\0\0')
    const database = await start(dataDir)
    expect(isAlive(orphan)).toBe(false)
    expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('starts beside pid files that are empty, garbage, dead, or of another program', async () => {
    const dataDir = newFolder()
    await stop(await start(dataDir))
    const owner = await stat(dataOf(dataDir))
    const account = isRoot ? { uid: owner.uid, gid: owner.gid } : {}
    const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { ...account, cwd: '/' })
    children.add(stranger)
    const rest = `${dataOf(dataDir)}\n1700000000\n5432\n.\n\n  5432001         7\nready   \n`
    for (const text of ['', '\0\0\0', 'garbage\n', `999999999\n${rest}`, `${stranger.pid}\n${rest}`]) {
      await writeFile(join(dataOf(dataDir), 'postmaster.pid'), text)
      await writeFile(join(dataOf(dataDir), '.s.PGSQL.5432.lock'), text)
      const database = await start(dataDir)
      expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
      await stop(database)
    }
    expect(isAlive(stranger.pid ?? 0)).toBe(true)
  })

  test('comes up although its making was killed in the middle', async () => {
    const dataDir = newFolder()
    const { child } = startInProcess(dataDir)
    const drafts = async () =>
      (await readdir(dataDir).catch(() => [])).filter(name => name.startsWith('postgres.new-'))
    await waitFor(async () => {
      const [draft] = await drafts()
      return draft !== undefined && (await readdir(join(dataDir, draft, 'data')).catch(() => [])).length > 5
    })
    child.kill('SIGKILL')
    const database = await start(dataDir)
    expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('outlives a Ctrl-C in the terminal, which goes to the process group of Signet', async () => {
    const database = await start(newFolder())
    // Fields of /proc/<pid>/stat after the name: state, parent, process group, session.
    const fields = async (pid: number | string) =>
      (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
    const [, , group, session] = await fields(database.pid() ?? 0)
    expect([group, session]).toEqual([String(database.pid()), String(database.pid())])
  })

  test('of another major version is left alone, and what to do is said', async () => {
    const dataDir = newFolder()
    await stop(await start(dataDir))
    await writeFile(join(dataOf(dataDir), 'PG_VERSION'), '17\n')
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/is of PostgreSQL 17, this Signet brings 18: .*pg_dump/),
    })
  })

  test('that cannot start says why and names its log', async () => {
    const dataDir = newFolder()
    await stop(await start(dataDir))
    await rm(join(dataOf(dataDir), 'global', 'pg_control'))
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/postgres\.log\)\.$/),
    })
    expect(findTellingLine('2026 [1] LOG:  up\n2026 [1] FATAL:  no cheese\n2026 [1] LOG:  down\n')).toBe(
      'no cheese',
    )
  })

  test('that lost its password or its version file is not overwritten', async () => {
    const dataDir = newFolder()
    await stop(await start(dataDir))
    await rename(join(dataDir, 'postgres', 'password'), join(dataDir, 'away'))
    await expect(start(dataDir)).rejects.toThrow('password')
    await rename(join(dataDir, 'away'), join(dataDir, 'postgres', 'password'))
    await rm(join(dataOf(dataDir), 'PG_VERSION'))
    await expect(start(dataDir)).rejects.toThrow('holds no whole database')
  })

  test('copied with all of DATA_DIR is another database, and does not end the first', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    await stop(first)
    const copy = newFolder()
    await cp(dataDir, copy, { recursive: true })
    const [original, twin] = [await start(dataDir), await start(copy)]
    expect(await ask(original, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
    expect(await ask(twin, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('has a log that begins anew when it has grown too big', async () => {
    const dataDir = newFolder()
    await stop(await start(dataDir))
    await writeFile(join(dataDir, 'postgres.log'), Buffer.alloc(11 * 1024 * 1024))
    await start(dataDir)
    expect((await stat(join(dataDir, 'postgres.log'))).size).toBeLessThan(100_000)
  })

  test('is not there for every platform, and says so', async () => {
    await expect(findBinaries('sunos', 'sparc')).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/install optional dependencies .* or set DATABASE_URL/),
    })
  })

  if (isRoot) {
    test('works for root in a folder that only root may enter, run by an account that is not root', async () => {
      const shut = await mkdtemp(join(place, 'shut-'))
      await chmod(shut, 0o700)
      const database = await start(join(shut, 'below', 'data'))
      expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
      expect((await stat(`/proc/${database.pid()}`)).uid).not.toBe(0)
    })

    test('put back by root from a backup belongs to its account again', async () => {
      const dataDir = newFolder()
      await stop(await start(dataDir))
      const restored = newFolder()
      await cp(dataDir, restored, { recursive: true })
      expect((await stat(dataOf(restored))).uid).toBe(0)
      expect(await ask(await start(restored), 'SELECT 1 AS n')).toEqual([{ n: 1 }])
    })
  } else {
    test('does not need root', () => expect(createRequire(import.meta.url).resolve('pg')).toBeTruthy())
  }
})
