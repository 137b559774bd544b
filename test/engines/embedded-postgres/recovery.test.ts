// The embedded database after kills, power cuts and files that lie.
import { spawn } from 'node:child_process'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  ask,
  askUntilAnswered,
  children,
  dataOf,
  isAlive,
  isRoot,
  newFolder,
  start,
  startInProcess,
  stop,
  useEmbeddedDatabases,
  waitFor,
} from './embedded.js'

useEmbeddedDatabases()

describe('the embedded database', () => {
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
})
