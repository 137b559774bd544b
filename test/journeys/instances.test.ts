// Three processes over one database, as behind a load balancer.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import type { TokensFragment } from '../generated/graphql.js'
import {
  DisableUserDocument,
  LogoutEverywhereDocument,
  RevokeEverythingDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import type { SignetProcess } from '../support/process.js'
import { spawnSignet } from '../support/process.js'
import { createClient } from '../support/world.js'

type Instance = SignetProcess & ReturnType<typeof createClient> & { readonly pool: Pool }

let database: TestDatabase
let pool: Pool
const secret = randomBytes(32).toString('hex')

const start = async (): Promise<Instance> => {
  const process = spawnSignet({
    PORT: '0',
    DATABASE_URL: database.url,
    SIGNET_SECRET: secret,
    JWT_ALGORITHM: 'ES256',
    JWT_ISSUER: 'https://auth.example.com',
  })
  return { ...process, ...createClient(await process.ready), pool }
}

let one: Instance
let two: Instance
let three: Instance
const all = () => [one, two, three]
beforeAll(async () => {
  database = await createTestDatabase()
  pool = new Pool({ connectionString: database.url, max: 2 })
  pool.on('error', () => {})
  ;[one, two, three] = await Promise.all([start(), start(), start()])
}, 60_000)
afterAll(async () => {
  for (const { child } of all()) child.kill('SIGTERM')
  expect(await Promise.all(all().map(({ exited }) => exited))).toEqual([0, 0, 0])
  await pool.end()
  await database.drop()
})

type Holder = Pick<TokensFragment, 'accessToken'>
const held = ({ accessToken }: Holder) => ({ token: accessToken })
const ask = async (at: Instance, holder: Holder): Promise<string> => {
  const { body } = await at.run(ViewerDocument, {}, held(holder))
  return body.data?.viewer?.userId ?? String(body.errors?.[0]?.extensions.reason)
}
const askAll = (holder: Holder) => Promise.all(all().map(at => ask(at, holder)))

test('a token of one is good on all', async () => {
  for (const at of all()) {
    const user = await at.signUp()
    expect(await askAll(user)).toEqual([user.user.id, user.user.id, user.user.id])
  }
})

test('a ban on one is refused on all', async () => {
  const [admin, user] = [await signUpAdmin(one), await two.signUp()]
  await three.run(DisableUserDocument, { input: { userId: user.user.id } }, held(admin))
  expect(await ask(three, user)).toBe('REVOKED')
  await eventually(async () => expect(await askAll(user)).toEqual(['REVOKED', 'REVOKED', 'REVOKED']))
  for (const at of all())
    expect((await at.refresh(user.refreshToken)).error.extensions.code).toBe('ACCOUNT_DISABLED')
})

test('one refresh token raced across all three gives one successor, and whoever loses goes on with it', async () => {
  for (let round = 0; round < 3; round++) {
    const user = await one.signUp()
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (all()[index % 3] ?? one).refresh(user.refreshToken)),
    )
    const successors = new Set(answers.map(({ data }) => data.refresh.refreshToken))
    expect(successors.size).toBe(1)
    const [successor] = successors
    const next = await two.refresh(successor)
    expect(next.data.refresh.session.id).toBe(user.session.id)
    const { rows } = await pool.query('SELECT generation FROM sessions WHERE id = $1', [user.session.id])
    expect(rows).toEqual([{ generation: 2 }])
  }
})

test('one that dies loses nothing: its sessions go on elsewhere, and what it revoked stays revoked', async () => {
  const [stays, leaves] = [await three.signUp(), await three.signUp()]
  await three.run(LogoutEverywhereDocument, {}, held(leaves))
  const underWay = Array.from({ length: 5 }, () => three.refresh(stays.refreshToken).catch(() => null))
  three.child.kill('SIGKILL')
  await Promise.all(underWay)
  three = await start()
  expect((await one.refresh(stays.refreshToken)).data.refresh.session.id).toBe(stays.session.id)
  expect(await askAll(stays)).toEqual([stays.user.id, stays.user.id, stays.user.id])
  await eventually(async () => expect(await askAll(leaves)).toEqual(['REVOKED', 'REVOKED', 'REVOKED']))
})

test('everybody is signed out on all, also on one that starts after', async () => {
  const [admin, user] = [await signUpAdmin(one), await two.signUp()]
  await one.run(RevokeEverythingDocument, {}, held(admin))
  await eventually(async () => expect(await askAll(user)).toEqual(['REVOKED', 'REVOKED', 'REVOKED']))
  three.child.kill('SIGKILL')
  await three.exited
  three = await start()
  expect(await ask(three, user)).toBe('REVOKED')
  const back = await three.logIn(user)
  expect(await askAll(back)).toEqual([user.user.id, user.user.id, user.user.id])
})
