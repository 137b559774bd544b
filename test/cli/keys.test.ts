// Signing keys from the command line, as an operator reads it.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase } from '../support/database.js'
import { readKids } from '../support/jwks.js'
import { spawnSignet } from '../support/process.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let env: Record<string, string>
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'ES256' } })
  env = { JWT_ALGORITHM: 'ES256', DATABASE_URL: world.databaseUrl, SIGNET_SECRET: world.secret }
})
afterAll(() => world.close())

const runKeys = async (args: readonly string[], more: Record<string, string> = {}) => {
  const command = spawnSignet({ ...env, ...more }, ['keys', ...args])
  const code = await command.exited
  return { code, ...command.output() }
}

const moment = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`

test('list shows every key, its state, since when, and what happens next', async () => {
  const [current = '', next = ''] = await readKids(world)
  const { code, stdout, stderr } = await runKeys(['list'])
  expect([code, stderr]).toEqual([0, ''])
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^kid +algorithm +state +since +what happens next$/)
  expect(lines[1]).toMatch(new RegExp(`^${current} +ES256 +current +${moment} +retires at ${moment}$`))
  expect(lines[2]).toMatch(new RegExp(`^${next} +ES256 +next +${moment} +signs from ${moment} on$`))
  expect(lines).toHaveLength(3)
})

test('list says when nothing happens by itself, and which keys are kept for another JWT_ALGORITHM', async () => {
  const byHand = await runKeys(['list'], { SIGNET_KEY_ROTATION_DAYS: '0' })
  expect(byHand.stdout).toContain('retires when you rotate')
  expect(byHand.stdout).toMatch(new RegExp(`signs when you rotate, not before ${moment}`))
  const other = await runKeys(['list'], { JWT_ALGORITHM: 'RS256' })
  expect(other.stdout.match(/stays, in case JWT_ALGORITHM is set back/g)).toHaveLength(2)
})

test('rotate refuses while the next key has not been shown for long enough, and says from when on it may', async () => {
  const before = await readKids(world)
  const { code, stdout, stderr } = await runKeys(['rotate'])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    new RegExp(`^Nothing was changed: the next key, ${before[1]}, may sign from ${moment}`),
  )
  expect(await readKids(world)).toEqual(before)
})

test('rotate makes the next key sign; list shows the one before until it is gone', async () => {
  const [current = '', next = ''] = await readKids(world)
  // It has been shown for an hour.
  await world.pool.query(`UPDATE signing_keys SET shown_at = shown_at - interval '1 hour'`)
  const rotated = await runKeys(['rotate'])
  expect([rotated.code, rotated.stderr]).toEqual([0, ''])
  expect(rotated.stdout).toBe(
    `${next} signs from now on. ${current} verifies until its last token has expired.\n`,
  )
  const { stdout } = await runKeys(['list'])
  expect(stdout).toMatch(new RegExp(`${next} +ES256 +current`))
  expect(stdout).toMatch(new RegExp(`${current} +ES256 +retiring +${moment} +is gone at ${moment}`))
})

test.each([
  [['revoke'], 'Which key?'],
  [['revoke', 'nobody'], 'There is no key of this name, so nothing was changed'],
  [['rotate', 'now'], 'There is no such command'],
  [['constructor'], 'There is no such command'],
])('%j changes nothing and says what to do', async (args, message) => {
  const { rows } = await world.pool.query('SELECT * FROM signing_keys ORDER BY kid')
  const { code, stdout, stderr } = await runKeys(args)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(message)
  expect((await world.pool.query('SELECT * FROM signing_keys ORDER BY kid')).rows).toEqual(rows)
})

test('with HS256 rotate says that it does not apply, and list what signs', async () => {
  const rotated = await runKeys(['rotate'], { JWT_ALGORITHM: 'HS256' })
  expect([rotated.code, rotated.stdout]).toEqual([1, ''])
  expect(rotated.stderr).toContain('Rotation does not apply to HS256')
  expect((await runKeys(['list'], { JWT_ALGORITHM: 'HS256' })).stdout).toMatch(
    /^HS256 signs with one shared secret/,
  )
})

test('with another secret, or on a database without Signet, says so and changes nothing', async () => {
  const other = await runKeys(['list'], { SIGNET_SECRET: randomBytes(32).toString('hex') })
  expect([other.code, other.stdout]).toEqual([1, ''])
  expect(other.stderr).toContain('another SIGNET_SECRET')
  const empty = await createTestDatabase({ migrated: false })
  const fresh = await runKeys(['list'], { DATABASE_URL: empty.url })
  expect(fresh.stderr).toBe(
    'Signet was never started on this database, or not in this version: start it once.\n',
  )
  await empty.drop()
  const away = await runKeys(['list'], {
    DATABASE_URL: 'postgresql://signet:hunter2hunter2@127.0.0.1:1/signet',
  })
  expect(away.stderr).toMatch(/^The database cannot be reached: .*\n$/)
})

test('keys alone, and with --help, prints how', async () => {
  for (const args of [[], ['rotate', '-h']]) {
    const { code, stdout } = await runKeys(args)
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: signet keys list | rotate | revoke KID')
  }
})

test('on the embedded database they work while Signet runs, and while it is stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-keys-'))
  const own = { DATA_DIR: folder, PORT: '0', JWT_ALGORITHM: 'ES256' }
  const list = async () => {
    const command = spawnSignet(own, ['keys', 'list'])
    return { code: await command.exited, ...command.output() }
  }
  expect((await list()).stderr).toContain('There is no secret in')
  const signet = spawnSignet(own)
  await signet.ready
  const running = await list()
  expect([running.code, running.stderr]).toEqual([0, ''])
  expect(running.stdout).toMatch(/ES256 +current .*\n.* ES256 +next /)
  signet.child.kill('SIGTERM')
  await signet.exited
  const { code, stdout } = await list()
  expect([code, stdout]).toEqual([0, running.stdout])
  await rm(folder, { recursive: true })
}, 60_000)
