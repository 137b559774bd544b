// DATA_DIR belongs to one process at a time, and a dead one never keeps it.
import { mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { claimDataDir } from '../../src/engines/data-dir.js'

let place = ''
let count = 0
const newFolder = () => join(place, `d${count++}`)

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'signet-data-dir-'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

/** What kill -9 leaves: the file of a socket that nobody listens on. */
const leaveDeadClaim = async (dataDir: string, name: string) => {
  const server = createServer()
  await new Promise<void>(settle => server.listen(join(dataDir, 'claims', 'x'), settle))
  await rename(join(dataDir, 'claims', 'x'), join(dataDir, 'claims', name))
  await new Promise(settle => server.close(settle))
}

describe('DATA_DIR', () => {
  test('is made readable by its owner alone', async () => {
    const dataDir = newFolder()
    const claim = await claimDataDir(dataDir)
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    await claim.release()
  })

  test('below a folder where nothing can be made is refused at once', async () => {
    await expect(claimDataDir('/proc/signet/data')).rejects.toMatchObject({
      name: 'StartError',
      message: 'DATA_DIR /proc/signet/data cannot be made there; name another folder.',
    })
  })

  test('names the process that uses it to a second one, and is free again after', async () => {
    const dataDir = newFolder()
    const claim = await claimDataDir(dataDir)
    await expect(claimDataDir(dataDir)).rejects.toMatchObject({
      name: 'StartError',
      message: `DATA_DIR ${dataDir} is in use by process ${process.pid}; stop it, or give this one a DATA_DIR of its own.`,
    })
    await claim.release()
    await (await claimDataDir(dataDir)).release()
  })

  test('is free after a kill, even if another program has the pid by now', async () => {
    const dataDir = newFolder()
    await (await claimDataDir(dataDir)).release()
    await leaveDeadClaim(dataDir, `${process.ppid}-0123456789ab.sock`)
    await leaveDeadClaim(dataDir, '.4711-0123456789ab.sock')
    await writeFile(join(dataDir, 'claims', 'garbage.sock'), 'no socket')
    const claim = await claimDataDir(dataDir)
    expect(await readdir(join(dataDir, 'claims'))).toHaveLength(1)
    await claim.release()
  })

  test('goes to one of many that start at once beside a dead claim', async () => {
    for (let round = 0; round < 5; round++) {
      const dataDir = newFolder()
      await (await claimDataDir(dataDir)).release()
      await leaveDeadClaim(dataDir, '4711-0123456789ab.sock')
      const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => claimDataDir(dataDir)))
      const winners = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      expect(winners.length).toBeLessThanOrEqual(1)
      await Promise.all(winners.map(winner => winner.release()))
    }
  })

  test('may be deeper than a socket path can be', async () => {
    const dataDir = join(newFolder(), 'deep'.repeat(20), 'deeper'.repeat(20))
    const claim = await claimDataDir(dataDir)
    await expect(claimDataDir(dataDir)).rejects.toThrow(`process ${process.pid}`)
    await claim.release()
  })

  test('that is a file, or lies in one, is refused in one line', async () => {
    const file = newFolder()
    await writeFile(file, '')
    await expect(claimDataDir(file)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/is not a folder/),
    })
    await expect(claimDataDir(join(file, 'below'))).rejects.toThrow('is not a folder')
  })

  test('that held other files before keeps the mode they gave it', async () => {
    const dataDir = await mkdtemp(join(place, 'shared-'))
    await writeFile(join(dataDir, 'theirs'), '')
    const before = (await stat(dataDir)).mode
    for (let start = 0; start < 2; start++) {
      await (await claimDataDir(dataDir)).release()
      expect((await stat(dataDir)).mode).toBe(before)
    }
  })
})
