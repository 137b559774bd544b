// What the built command loads, and when; and that its faults name places in the source all the same.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { createTestDatabase } from '../support/database.js'
import { spawnSignet } from '../support/process.js'
import { createClient } from '../support/world.js'

const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

/** Starts Signet, lets a client do something, and gives every file of JavaScript that the process loaded. */
const filesLoaded = async (act: (client: ReturnType<typeof createClient>) => Promise<unknown>) => {
  const database = await createTestDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'signet-loading-'))
  folders.push(folder)
  const signet = spawnSignet({
    PORT: '0',
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    SIGNET_SECRET: randomBytes(32).toString('hex'),
    JWT_ALGORITHM: 'ES256',
    // Node writes there what each file did; so each file is named.
    NODE_V8_COVERAGE: folder,
  })
  await act(createClient(await signet.ready))
  signet.child.kill('SIGTERM')
  expect(await signet.exited).toBe(0)
  await database.drop()
  const [report] = await readdir(folder)
  const { result } = JSON.parse(await readFile(join(folder, String(report)), 'utf8')) as {
    result: { url: string }[]
  }
  return result.map(({ url }) => url).filter(url => url.startsWith('file:'))
}

const later = /\/(common-passwords|explorer|redis|serve-by-workers|create-admin|usageReporting)-/

test('a start loads a few files, and nothing that only later or other uses need', async () => {
  const files = await filesLoaded(client => client.send('/health/ready'))
  expect(files).toContainEqual(expect.stringMatching(/\/dist\/bundle\/serve-/))
  expect(files.filter(file => later.test(file))).toEqual([])
  // One package is machine code, which stays where npm has put it.
  expect(files.filter(file => !/\/dist\/(main\.js|bundle\/)|\/@node-rs\/argon2\//.test(file))).toEqual([])
})

test('hashes are those of node: what a package falls back to where it finds none is not put in', async () => {
  expect(await readFile('dist/bundle/licenses.txt', 'utf8')).not.toContain('sha.js')
})

test('the list of common passwords is loaded with the first new password', async () => {
  const files = await filesLoaded(client => client.signUp())
  expect(files.filter(file => later.test(file))).toEqual([expect.stringContaining('/common-passwords-')])
})

test('a fault in the log names its places in the source', async () => {
  const database = await createTestDatabase()
  const signet = spawnSignet({
    PORT: '0',
    DATABASE_URL: database.url,
    SIGNET_SECRET: randomBytes(32).toString('hex'),
    JWT_ALGORITHM: 'ES256',
  })
  const client = createClient(await signet.ready)
  const pool = new Pool({ connectionString: database.url, max: 1 })
  await pool.query('ALTER TABLE users RENAME TO hidden')
  await pool.end()
  await client.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation { login(input: { email: "ada@example.com", password: "not one" }) { __typename } }',
    }),
  })
  signet.child.kill('SIGTERM')
  await signet.exited
  const { stderr } = signet.output()
  expect(stderr).toMatch(/"at .{0,80}\(src\/sign-in\/password\/log-in\.ts:\d+:\d+\)"/)
  expect(stderr).not.toContain('dist/bundle')
  await database.drop()
})
