// Keys that rotate by themselves, while clients and other services go on as if nothing happened.
import { afterEach, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { listKeys } from '../../src/keys/list.js'
import { rotateKeys } from '../../src/keys/rotate.js'
import { ViewerDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import type { KeyPlace } from '../support/keyrings.js'
import { createKeyPlace, keySettings } from '../support/keyrings.js'
import { createProxy } from '../support/proxy.js'
import type { World, WorldOptions } from '../support/world.js'
import { createWorld } from '../support/world.js'

const aDay = 86_400
const env = { JWT_ALGORITHM: 'ES256', JWT_ISSUER: 'https://auth.example.com', SIGNET_KEY_ROTATION_DAYS: '1' }

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (let close = opened.pop(); close; close = opened.pop()) await close()
})
const open = async (options: WorldOptions = {}): Promise<World> => {
  const world = await createWorld({ env, ...options })
  opened.push(world.close)
  return world
}
const openPlace = async (): Promise<KeyPlace> => {
  const place = await createKeyPlace()
  opened.push(place.close)
  return place
}

const readKids = async (world: World): Promise<string[]> => {
  const { keys } = JSON.parse(await (await world.send('/.well-known/jwks.json')).text())
  return keys.map((key: { kid: string }) => key.kid)
}

/** The kids in the JWKS once they are as asked: the first one signs. */
const kidsWhen = async (world: World, isSo: (kids: string[]) => boolean): Promise<string[]> => {
  for (;;) {
    const kids = await readKids(world)
    if (isSo(kids)) return kids
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid
const viewerOf = (world: World, token: string) => world.run(ViewerDocument, {}, { token })

test('a key is shown, signs, verifies what it signed and is gone, each in its time', async () => {
  const world = await open()
  const [first = '', second = '', ...none] = await readKids(world)
  expect(none).toEqual([])
  world.advance(aDay - 100)
  const early = await world.signUp()
  expect(kidOf(early.accessToken)).toBe(first)

  world.advance(101)
  const kids = await kidsWhen(world, now => now[0] === second)
  expect(kids).toEqual([second, expect.any(String), first])
  expect(kids[1]).not.toBe(first)
  const { accessToken, refreshToken } = (await world.refresh(early.refreshToken)).data.refresh
  expect(kidOf(accessToken)).toBe(second)
  // A token of before the rotation is good until it expires, and then it has expired, not become unknown.
  expect((await viewerOf(world, early.accessToken)).data.viewer).not.toBeNull()
  world.advance(770)
  expect((await viewerOf(world, early.accessToken)).data.viewer).not.toBeNull()
  world.advance(40)
  expect((await viewerOf(world, early.accessToken)).error.extensions.reason).toBe('EXPIRED')

  expect(await readKids(world)).toContain(first)
  world.advance(740)
  expect(await kidsWhen(world, now => !now.includes(first))).toEqual([second, kids[1]])
  expect((await viewerOf(world, early.accessToken)).error.extensions.reason).toBe('INVALID')
  expect((await world.refresh(refreshToken)).body.errors).toBeUndefined()
})

test('another service that keeps the JWKS for as long as it may verifies every token through three rotations', async () => {
  const world = await open()
  let now = 0
  let kept: { keys: ReturnType<typeof createLocalJWKSet>; until: number } | null = null
  const fetched = new Set<string>()
  const readKeys = async () => {
    if (kept && now < kept.until) return kept.keys
    const answer = await world.send('/.well-known/jwks.json')
    const maxAge = Number(/max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '')?.[1] ?? 0)
    const jwks = JSON.parse(await answer.text())
    for (const { kid } of jwks.keys) fetched.add(kid)
    kept = { keys: createLocalJWKSet(jwks), until: now + maxAge }
    return kept.keys
  }
  const advance = (seconds: number): void => {
    now += seconds
    world.advance(seconds)
  }
  const signers = new Set<string | undefined>()
  let { refreshToken } = await world.signUp()
  let token = ''
  while (signers.size < 4) {
    // A step that no deadline is a multiple of, and three quarters of a day in which nothing is due.
    advance(signers.size === fetched.size - 1 ? aDay * 0.75 : 437)
    for (let i = 0; i < 60; i++) {
      const answer = (await world.refresh(refreshToken)).data.refresh
      token = answer.accessToken
      refreshToken = answer.refreshToken ?? ''
      signers.add(kidOf(token))
      const { payload } = await jwtVerify(token, await readKeys(), {
        issuer: env.JWT_ISSUER,
        audience: 'signet',
        typ: 'at+jwt',
        currentDate: new Date(Date.now() + now * 1000),
      })
      expect(payload.sub).toEqual(expect.any(String))
      advance(437)
    }
  }
})

describe('two instances', () => {
  test('that find the same rotation due at the same moment rotate once, and both follow', async () => {
    const one = await open()
    const two = await open({ beside: one })
    const [first, second = ''] = await readKids(one)
    for (const world of [one, two]) world.advance(aDay + 1)
    const both = await Promise.all([one, two].map(world => kidsWhen(world, kids => kids[0] === second)))
    expect(both[0]).toEqual(both[1])
    expect(both[0]).toEqual([second, expect.any(String), first])
    const tokens = await Promise.all([one, two].map(async world => (await world.signUp()).accessToken))
    for (const world of [one, two]) {
      for (const token of tokens) expect((await viewerOf(world, token)).data.viewer).not.toBeNull()
    }
  })

  test('that are told to rotate at the same moment rotate once', async () => {
    const place = await openPlace()
    const instances = await Promise.all([place.open(), place.open(), place.open(), place.open()])
    place.advance(3_600)
    const outcomes = await Promise.all(instances.map(({ needs }) => rotateKeys(needs)))
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['rotated', 'waiting', 'waiting', 'waiting'])
    const sets = instances.map(({ keyring }) => keyring.jwks().keys.map(({ kid }) => kid))
    expect(sets[0]).toHaveLength(3)
    for (const kids of sets) expect(kids).toEqual(sets[0])
  })

  test('stay of one mind when one of them hears of a rotation late', async () => {
    const place = await openPlace()
    const [prompt, late] = [await place.open(), await place.open()]
    const old = late.keyring.current().kid
    place.advance(aDay)
    await late.keyring.reload()
    await prompt.keyring.tend()
    expect(prompt.keyring.current().kid).not.toBe(old)
    // All but a max-age later, the other signs once more with what it knows.
    place.advance(keySettings.jwksMaxAgeSeconds - 1)
    await late.keyring.readyToSign(late.needs.db.prisma)
    expect(late.keyring.current().kid).toBe(old)
    // As long as that token can be alive, everybody verifies it.
    place.advance(keySettings.accessTokenSeconds)
    await prompt.keyring.tend()
    expect(prompt.keyring.find(old)?.kid).toBe(old)
    expect(prompt.keyring.jwks().keys.map(({ kid }) => kid)).toContain(old)
    // And from now on it does not sign before it has looked.
    expect(late.keyring.isFresh()).toBe(false)
    await late.keyring.readyToSign(late.needs.db.prisma)
    expect(late.keyring.current().kid).toBe(prompt.keyring.current().kid)
  })

  test('of which one was cut off: it verifies, shows what it has to be kept by nobody, and signs nothing', async () => {
    const database = await createTestDatabase()
    opened.push(database.drop)
    const proxy = await createProxy(database.url)
    opened.push(proxy.close)
    const one = await open({ databaseUrl: database.url })
    const cut = await open({
      databaseUrl: proxy.url,
      env: { ...env, SIGNET_SECRET: one.secret },
    })
    const [first, second = ''] = await readKids(one)
    const { accessToken, refreshToken } = await cut.signUp()
    proxy.cut()
    for (const world of [one, cut]) world.advance(301)
    const shown = await cut.send('/.well-known/jwks.json')
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'public, no-cache'])
    expect((await viewerOf(cut, accessToken)).data.viewer).not.toBeNull()
    expect((await cut.refresh(refreshToken)).error.extensions.code).toBe('UNAVAILABLE')
    for (const world of [one, cut]) world.advance(aDay)
    const kids = await kidsWhen(one, now => now[0] === second)
    expect(kids).toContain(first)

    proxy.heal()
    const answer = await cut.refresh(refreshToken)
    expect(kidOf(answer.data.refresh.accessToken)).toBe(second)
    expect(await kidsWhen(cut, now => now[0] === second)).toEqual(kids)
  })
})

test('a restart, whatever the keys are at, changes nothing', async () => {
  const world = await open()
  const restart = async () => {
    const again = await createWorld({ env, beside: world })
    try {
      return await readKids(again)
    } finally {
      await again.close()
    }
  }
  expect(await restart()).toEqual(await readKids(world))
  const place = await openPlace()
  const kidsOf = async () => {
    const instance = await place.open()
    const kids = instance.keyring.jwks().keys.map(({ kid }) => kid)
    await instance.close()
    return kids
  }
  const running = await place.open()
  // Waiting for long enough, just rotated, and with several that retire.
  for (const seconds of [700, 0, 700, 5]) {
    place.advance(seconds)
    await rotateKeys(running.needs)
    expect(await kidsOf()).toEqual(running.keyring.jwks().keys.map(({ kid }) => kid))
  }
  expect((await listKeys(running.needs)).map(({ state }) => state)).toEqual([
    'current',
    'next',
    'retiring',
    'retiring',
  ])
})

test('with 0 days no key is ever replaced by itself, and one always waits', async () => {
  const place = await createKeyPlace({ ...keySettings, rotationDays: 0 })
  opened.push(place.close)
  const { keyring, needs } = await place.open()
  const kids = keyring.jwks().keys.map(({ kid }) => kid)
  place.advance(3_650 * aDay)
  await keyring.tend()
  expect(keyring.jwks().keys.map(({ kid }) => kid)).toEqual(kids)
  expect(await rotateKeys(needs)).toEqual({ kind: 'rotated', kid: kids[1], retiredKid: kids[0] })
})
