import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { MeDocument } from '../generated/graphql.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import { isAlive, spawnSignet } from '../support/process.js'
import { createClient } from '../support/world.js'

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-start-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

/** For a start on a database; the keys of ES256 are made in no time. */
const envOn = ({ url }: TestDatabase) => ({
  PORT: '0',
  DATABASE_URL: url,
  SIGNET_SECRET: randomBytes(32).toString('hex'),
  JWT_ALGORITHM: 'ES256',
})

const postmasterPid = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])

describe('signet start', () => {
  test('needs nothing: it makes database and secret, serves, and stops with nothing left running', async () => {
    const folder = await newFolder()
    const first = spawnSignet({ PORT: '0' }, [], folder)
    const client = createClient(await first.ready)
    const { accessToken, email, password, refreshToken } = await client.signUp()
    const dataDir = join(folder, '.signet')
    const pid = await postmasterPid(dataDir)
    expect(statSync(join(dataDir, 'secret')).mode & 0o777).toBe(0o600)
    expect(first.output().stdout.trim().split('\n')).toHaveLength(1)
    first.child.kill('SIGTERM')
    expect(await first.exited).toBe(0)
    expect(isAlive(pid)).toBe(false)

    const second = spawnSignet({ PORT: new URL(await first.ready).port }, [], folder)
    const again = createClient(await second.ready)
    expect((await again.run(MeDocument, {}, { token: accessToken })).data.me?.email).toBe(email)
    expect((await again.refresh(refreshToken)).body.errors).toBeUndefined()
    await again.logIn({ email, password })
    second.child.kill('SIGINT')
    expect(await second.exited).toBe(0)
  })

  test('on a data folder in use says which process holds it, and harms nothing', async () => {
    const folder = await newFolder()
    const holder = spawnSignet({ PORT: '0', DATA_DIR: folder, JWT_ALGORITHM: 'ES256' })
    const client = createClient(await holder.ready)
    const intruder = spawnSignet({ PORT: '0', DATA_DIR: folder, JWT_ALGORITHM: 'ES256' })
    expect(await intruder.exited).toBe(1)
    expect(intruder.output().stderr).toContain(`in use by process ${holder.child.pid}`)
    await client.signUp()
    holder.child.kill('SIGTERM')
    expect(await holder.exited).toBe(0)
  })

  test('goes on after kill -9 of Signet, which leaves its database behind, and of the database itself', async () => {
    const folder = await newFolder()
    const first = spawnSignet({ PORT: '0', DATA_DIR: folder, JWT_ALGORITHM: 'ES256' })
    const { refreshToken } = await createClient(await first.ready).signUp()
    const orphan = await postmasterPid(folder)
    first.child.kill('SIGKILL')
    await first.exited

    const second = spawnSignet({ PORT: '0', DATA_DIR: folder, JWT_ALGORITHM: 'ES256' })
    const client = createClient(await second.ready)
    expect(isAlive(orphan)).toBe(false)
    const token = (await client.refresh(refreshToken)).data.refresh.refreshToken
    process.kill(await postmasterPid(folder), 'SIGKILL')
    // The database comes back by itself; until then the session is kept.
    let answer = await client.refresh(token)
    for (let tries = 0; tries < 100 && answer.body.errors; tries++) {
      expect(answer.error.extensions.code).toBe('UNAVAILABLE')
      await new Promise(resolve => setTimeout(resolve, 100))
      answer = await client.refresh(token)
    }
    expect(answer.body.errors).toBeUndefined()
    second.child.kill('SIGTERM')
    expect(await second.exited).toBe(0)
  }, 60_000)

  test('answers what it has begun before it stops, and says meanwhile that it is not ready', async () => {
    const database = await createTestDatabase()
    const pool = new Pool({ connectionString: database.url, max: 1 })
    const env = envOn(database)
    const signet = spawnSignet(env)
    const client = createClient(await signet.ready)
    const blocker = await pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE users IN EXCLUSIVE MODE')
    const begun = Array.from({ length: 3 }, () => client.signUp())
    const waiting = async () =>
      (
        await blocker.query<{ n: number }>(`SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
      ).rows[0]?.n ?? 0
    while ((await waiting()) < 3) await new Promise(resolve => setTimeout(resolve, 10))
    signet.child.kill('SIGTERM')
    const readiness = async () =>
      (await (await client.send('/health/ready')).json()) as { status: string; failing?: string }
    while ((await readiness()).status === 'ready') await new Promise(resolve => setTimeout(resolve, 5))
    expect(await readiness()).toEqual({ status: 'unready', failing: 'stopping' })
    const late = await client.run(MeDocument, {})
    expect([late.status, late.error.extensions.code]).toEqual([503, 'UNAVAILABLE'])
    await blocker.query('ROLLBACK')
    blocker.release()
    expect((await Promise.all(begun)).every(({ refreshToken }) => refreshToken)).toBe(true)
    expect(await signet.exited).toBe(0)
    await expect(client.send('/health/live')).rejects.toThrow()
    await pool.end()
    await database.drop()
  })

  test('on a port in use says so', async () => {
    const database = await createTestDatabase()
    const env = envOn(database)
    const signet = spawnSignet(env)
    const { port } = new URL(await signet.ready)
    const other = spawnSignet({ ...env, PORT: port })
    expect(await other.exited).toBe(1)
    expect(other.output().stderr).toBe(
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE): something else listens there; set another PORT.\n`,
    )
    signet.child.kill('SIGTERM')
    await signet.exited
    await database.drop()
  })

  test('with a secret other than the database’s stops before it harms anything', async () => {
    const database = await createTestDatabase()
    const start = (secret: string) => spawnSignet({ ...envOn(database), SIGNET_SECRET: secret })
    const [right, wrong] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
    const first = start(right)
    const { refreshToken } = await createClient(await first.ready).signUp()
    const other = start(wrong)
    expect(await other.exited).toBe(1)
    expect(other.output().stderr).toMatch(/^This database was set up with another SIGNET_SECRET\..*\n$/)
    expect(other.output().stderr).not.toContain(wrong)
    expect((await createClient(await first.ready).refresh(refreshToken)).body.errors).toBeUndefined()
    first.child.kill('SIGTERM')
    await first.exited
    await database.drop()
  })

  test('with a database out of reach says so in one line, without its password', async () => {
    const signet = spawnSignet({
      PORT: '0',
      DATABASE_URL: 'postgresql://signet:hunter2hunter2@127.0.0.1:1/signet',
      SIGNET_SECRET: randomBytes(32).toString('hex'),
    })
    expect(await signet.exited).toBe(1)
    expect(signet.output().stderr).toMatch(/^The database .*ECONNREFUSED.*\n$/)
    expect(signet.output().stderr).not.toContain('hunter2')
  })

  test('with a faulty configuration lists the faults and starts nothing', async () => {
    const folder = await newFolder()
    const signet = spawnSignet({ PORT: 'x', SIGNET_SECRT: 'y' }, [], folder)
    expect(await signet.exited).toBe(1)
    expect(signet.output().stderr).toContain('2 faults')
    expect(existsSync(join(folder, '.signet'))).toBe(false)
  })
})

describe('signet', () => {
  test('--help lists commands and keys, also behind another command', async () => {
    for (const args of [['--help'], ['start', '--help'], ['-h']]) {
      const help = spawnSignet({}, args)
      expect(await help.exited).toBe(0)
      expect(help.output().stdout).toContain('SIGNET_REFRESH_GRACE_SECONDS')
    }
  })

  test('secret prints a value that it accepts itself, a new one each time', async () => {
    const secrets = new Set<string>()
    for (let i = 0; i < 2; i++) {
      const command = spawnSignet({}, ['secret'])
      expect(await command.exited).toBe(0)
      secrets.add(command.output().stdout.trim())
    }
    expect(secrets.size).toBe(2)
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  })

  test('schema prints the contract as committed', async () => {
    const command = spawnSignet({}, ['schema'])
    expect(await command.exited).toBe(0)
    expect(command.output().stdout).toBe(
      await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'),
    )
  })

  test('with an unknown command says what there is', async () => {
    const command = spawnSignet({}, ['sevre'])
    expect(await command.exited).toBe(1)
    expect(command.output().stderr).toBe("There is no command 'sevre'. 'signet --help' lists them.\n")
  })
})
