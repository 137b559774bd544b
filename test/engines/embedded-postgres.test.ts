// The embedded database through the real thing, in everyday use.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { findBinaries } from '../../src/engines/embedded-postgres/binaries.js'
import {
  ask,
  dataOf,
  isAlive,
  newFolder,
  start,
  stop,
  useEmbeddedDatabases,
} from './embedded-postgres/embedded.js'

useEmbeddedDatabases()

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

  test('outlives a Ctrl-C in the terminal, which goes to the process group of Signet', async () => {
    const database = await start(newFolder())
    // Fields of /proc/<pid>/stat after the name: state, parent, process group, session.
    const fields = async (pid: number | string) =>
      (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
    const [, , group, session] = await fields(database.pid() ?? 0)
    expect([group, session]).toEqual([String(database.pid()), String(database.pid())])
  })

  test('is not there for every platform, and says so', async () => {
    await expect(findBinaries('sunos', 'sparc')).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/install optional dependencies .* or set DATABASE_URL/),
    })
  })
})
