import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { getFeed, runClients } from '../support/feed.js'
import { spawnSignet } from '../support/process.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const credentialPattern = /^signet_feed_[\w-]{64}$/

describe('signet clients', () => {
  test('makes a credential, shows it once and keeps its SHA-256 only; lists and revokes it', async () => {
    const credential = await runClients(world, 'create', '--name', 'billing')
    expect(credential).toMatch(credentialPattern)
    await eventually(async () => expect((await getFeed(world.url, credential)).status).toBe(200))

    const { rows } = await world.pool.query('SELECT * FROM clients')
    const bytes = Buffer.from(credential.slice('signet_feed_'.length), 'base64url')
    expect(rows).toEqual([expect.objectContaining({ name: 'billing', revoked_at: null })])
    expect(rows[0].secret_hash).toHaveLength(32)
    expect(JSON.stringify(rows)).not.toContain(JSON.stringify(bytes.subarray(16)))

    const list = await runClients(world, 'list')
    expect(list).toMatch(/^[\da-f-]{36} {2}\S+Z {2}live {2}billing$/)
    expect(list).not.toContain(credential)
    expect(await runClients(world, 'revoke', rows[0].id)).toContain('is revoked')
    await eventually(async () => expect((await getFeed(world.url, credential)).status).toBe(401))
  })

  test.each<readonly [string, string[]]>([
    ["'signet clients --help' says how", ['crate']],
    ["needs a name: 'signet clients create --name billing'", ['create']],
    ['--name needs a name', ['create', '--name']],
    ["'signet clients --help' says how", ['create', '--name', 'billing', 'and more']],
    ["'signet clients --help' says how", ['revoke']],
    ["'signet clients --help' lists them", ['create', '--nam', 'billing']],
    ['There is no client with this id', ['revoke', '01900000-0000-7000-8000-000000000000']],
    ['1 to 64 characters', ['create', '--name', 'x'.repeat(65)]],
  ])('says %p to %p', async (message, args) => {
    const signet = spawnSignet({ DATABASE_URL: world.databaseUrl }, ['clients', ...args])
    expect(await signet.exited).toBe(1)
    const { stdout, stderr } = signet.output()
    expect([stdout, stderr.trim().split('\n')]).toEqual(['', [expect.stringContaining(message)]])
  })

  test('explains itself', async () => {
    for (const args of [[], ['create', '-h']]) {
      expect(await runClients(world, ...args)).toContain('signet clients create --name NAME')
    }
  })

  test('works on the embedded database, while Signet runs and while it does not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signet-clients-'))
    const run = async (): Promise<string> => {
      const signet = spawnSignet({ DATA_DIR: folder }, ['clients', 'create', '--name', 'billing'])
      expect([await signet.exited, signet.output().stderr]).toEqual([0, ''])
      return signet.output().stdout.trim()
    }
    try {
      const before = await run()
      const signet = spawnSignet({ PORT: '0', DATA_DIR: folder, JWT_ALGORITHM: 'ES256' })
      const url = await signet.ready
      const during = await run()
      for (const credential of [before, during]) {
        await eventually(async () => expect((await getFeed(url, credential)).status).toBe(200))
      }
      signet.child.kill('SIGTERM')
      expect(await signet.exited).toBe(0)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
