// What /metrics says of access tokens that were verified, of signing keys and of the JWKS.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Algorithm } from '../../src/lib/algorithms.js'
import type { VerifyOutcome } from '../../src/lib/verification-times.js'
import { ViewerDocument } from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { createAdministration, tokenIdOf } from '../support/administration.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const env = { SIGNET_METRICS_LISTEN: '0', JWT_ALGORITHM: 'ES256', JWT_ISSUER: 'https://auth.example.com' }

let database: TestDatabase
let proxy: DatabaseProxy
let world: World
let admin: Admin
beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await createProxy(database.url)
  world = await createWorld({ databaseUrl: proxy.url, env })
  admin = await signUpAdmin(world)
})
afterAll(async () => {
  proxy.heal()
  await world.close()
  await proxy.close()
  await database.drop()
})

const scrape = async (of = world): Promise<string> => (await fetch(of.metricsUrl ?? '')).text()

/** The samples of a metric, by the values of their labels. */
const read = async (name: string, of = world): Promise<Record<string, number>> =>
  Object.fromEntries(
    [...(await scrape(of)).matchAll(new RegExp(`^${name}{(.*)} (\\S+)$`, 'gm'))].map(
      ([, labels = '', value]) => [
        [...labels.matchAll(/"(\w+)"/g)].map(([, label]) => label).join(' '),
        Number(value),
      ],
    ),
  )

/** The samples of a metric that something adds to, and by how much. */
const added = async (name: string, action: () => Promise<unknown>): Promise<Record<string, number>> => {
  const before = await read(name)
  await action()
  return Object.fromEntries(
    Object.entries(await read(name))
      .map(([labels, value]) => [labels, value - (before[labels] ?? 0)] as const)
      .filter(([, more]) => more !== 0),
  )
}
const verified = (action: () => Promise<unknown>) => added('signet_token_verify_seconds_count', action)
const ask = (token: string, of = world) => of.run(ViewerDocument, {}, { token })
const once = (outcome: VerifyOutcome, algorithm: Algorithm | 'unknown' = 'ES256') => ({
  [`${algorithm} ${outcome}`]: 1,
})

describe('the verification of an access token is counted as', () => {
  test('accepted, and nothing is counted of a request without one', async () => {
    expect(await verified(() => ask(admin.accessToken))).toEqual(once('accepted'))
    expect(await verified(() => world.run(ViewerDocument, {}))).toEqual({})
    expect(
      await verified(() => world.run(ViewerDocument, {}, { headers: { authorization: 'Basic eDp5' } })),
    ).toEqual({})
  })

  test('invalid of whatever algorithm it speaks, where it is not one of ours', async () => {
    const altered = `${admin.accessToken.slice(0, -8)}AAAAAAAA`
    for (const token of ['nonsense', 'a.b.c', altered])
      expect(await verified(() => ask(token))).toEqual(once('invalid', 'unknown'))
  })

  test('expired', async () => {
    const { accessToken } = await world.signUp()
    world.advance(901)
    expect(await verified(() => ask(accessToken))).toEqual(once('expired'))
    world.advance(-901)
  })

  test('revoked where the session was signed out or the token itself revoked, and stale where roles were changed', async () => {
    const { revokeToken, signOut, setRoles } = createAdministration(world, () => admin.accessToken)
    const [first, second, third] = [await world.signUp(), await world.signUp(), await world.signUp()]
    await signOut(first.user.id)
    await revokeToken(tokenIdOf(second.accessToken))
    await setRoles(third.user.id, ['editor'])
    expect(await verified(() => ask(first.accessToken))).toEqual(once('revoked'))
    expect(await verified(() => ask(second.accessToken))).toEqual(once('revoked'))
    expect(await verified(() => ask(third.accessToken))).toEqual(once('stale'))
  })

  test('unvouched, where revocations have not been heard of for too long', async () => {
    proxy.cut()
    world.pass(61)
    const outcomes = await verified(async () => {
      expect((await ask(admin.accessToken)).error.extensions.code).toBe('UNAVAILABLE')
    })
    proxy.heal()
    expect(outcomes).toEqual(once('unvouched'))
    while ((await ask(admin.accessToken)).status !== 200) await new Promise(setImmediate)
  })

  test('that of another algorithm, where JWT_ALGORITHM was changed and its tokens are still good', async () => {
    const other = await createWorld({
      beside: world,
      databaseUrl: database.url,
      env: { ...env, JWT_ALGORITHM: 'RS256' },
    })
    const before = await read('signet_token_verify_seconds_count', other)
    expect(before).toMatchObject({ 'RS256 accepted': 0, 'unknown invalid': 0 })
    expect(before).not.toHaveProperty(['ES256 accepted'])
    expect((await ask(admin.accessToken, other)).status).toBe(200)
    expect(await read('signet_token_verify_seconds_count', other)).toMatchObject({
      'ES256 accepted': 1,
      'RS256 accepted': 0,
    })
    await other.close()
  })
})

test('how long verifying took is told in buckets from 10 microseconds to 50 milliseconds', async () => {
  await ask(admin.accessToken)
  const text = await scrape()
  const bounds = [
    ...text.matchAll(
      /^signet_token_verify_seconds_bucket{le="(.+)",algorithm="ES256",outcome="accepted"} (\d+)$/gm,
    ),
  ].map(([, bound, count]) => [bound, Number(count)] as const)
  expect(bounds.map(([bound]) => Number(bound?.replace('+Inf', 'Infinity')))).toEqual([
    0.00001,
    0.000025,
    0.00005,
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    Number.POSITIVE_INFINITY,
  ])
  const counts = bounds.map(([, count]) => count)
  expect(counts).toEqual([...counts].sort((one, other) => one - other))
  expect(counts.at(-1)).toBe((await read('signet_token_verify_seconds_count'))['ES256 accepted'])
  expect((await read('signet_token_verify_seconds_sum'))['ES256 accepted']).toBeGreaterThan(0)
})

test('a request for the JWKS is counted by whether its caller had it, and no other document is', async () => {
  const path = '/.well-known/jwks.json'
  const requests = (action: () => Promise<unknown>) => added('signet_jwks_requests_total', action)
  let etag = ''
  expect(
    await requests(async () => {
      etag = (await world.send(path)).headers.get('etag') ?? ''
    }),
  ).toEqual({ full: 1 })
  const again = (tag: string) => () => world.send(path, { headers: { 'if-none-match': tag } })
  expect(await requests(again(etag))).toEqual({ not_modified: 1 })
  expect(await requests(again('"another"'))).toEqual({ full: 1 })
  expect(await requests(() => world.send(path, { method: 'POST' }))).toEqual({})
  expect(await requests(() => world.send('/.well-known/openid-configuration'))).toEqual({})
})

test('how old the signing keys are is told by state, also while the database is away', async () => {
  const ages = () => read('signet_signing_key_age_seconds')
  const before = await ages()
  expect(Object.keys(before)).toEqual(['next', 'current'])
  proxy.cut()
  world.advance(3_600)
  const { next = 0, current = 0 } = await ages()
  world.advance(-3_600)
  proxy.heal()
  expect(next - (before.next ?? 0)).toBeGreaterThanOrEqual(3_600)
  expect(current - (before.current ?? 0)).toBeGreaterThanOrEqual(3_600)
})

test('with HS256 there are no signing keys to tell the age of', async () => {
  const shared = await createWorld({ env: { ...env, JWT_ALGORITHM: 'HS256' } })
  expect(await read('signet_signing_key_age_seconds', shared)).toEqual({})
  expect((await ask((await shared.signUp()).accessToken, shared)).status).toBe(200)
  expect(await read('signet_token_verify_seconds_count', shared)).toMatchObject({ 'HS256 accepted': 1 })
  await shared.close()
})
