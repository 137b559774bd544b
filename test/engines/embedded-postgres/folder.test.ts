// The embedded database and its folder: other versions, losses, copies, and whose it is.
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { findTellingLine } from '../../../src/engines/embedded-postgres/server-log.js'
import { ask, dataOf, isRoot, newFolder, start, stop, useEmbeddedDatabases } from './embedded.js'

useEmbeddedDatabases()

/** Who is not root cannot give a folder to another account. */
const testAsRoot = isRoot ? test : test.skip

describe('the embedded database', () => {
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

  testAsRoot(
    'works for root in a folder that only root may enter, run by an account that is not root',
    async () => {
      const shut = newFolder()
      await mkdir(shut, { mode: 0o700 })
      const database = await start(join(shut, 'below', 'data'))
      expect(await ask(database, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
      expect((await stat(`/proc/${database.pid()}`)).uid).not.toBe(0)
    },
  )

  testAsRoot('put back by root from a backup belongs to its account again', async () => {
    const dataDir = newFolder()
    await stop(await start(dataDir))
    const restored = newFolder()
    await cp(dataDir, restored, { recursive: true })
    expect((await stat(dataOf(restored))).uid).toBe(0)
    expect(await ask(await start(restored), 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })
})
