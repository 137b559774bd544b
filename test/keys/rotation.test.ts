// Keys that rotate by themselves, while clients and other services go on as if nothing happened.
import { afterEach, expect, test } from '@jest/globals'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { listKeys } from '../../src/keys/list.js'
import { rotateKeys } from '../../src/keys/rotate.js'
import { ViewerDocument } from '../generated/graphql.js'
import { kidsWhen, readKids } from '../support/jwks.js'
import type { KeyPlace } from '../support/keyrings.js'
import { createKeyPlace, keySettings } from '../support/keyrings.js'
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
  // Twice it waits until the keys are looked after, which is every ten seconds or so.
}, 60_000)

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

test('the keys of an algorithm that is taken up again count as new: nobody kept them meanwhile', async () => {
  const place = await openPlace()
  const before = await place.open()
  const signed = before.keyring.current().kid
  await before.close()
  place.advance(100)
  await (await place.open({ settings: { ...keySettings, algorithm: 'HS256' } })).close()
  place.advance(10 * aDay)
  const { keyring, needs } = await place.open()
  // What is signed with it is looked for by whoever does not know it; a rotation right after would be one look too many.
  expect(keyring.current().kid).toBe(signed)
  const shown = place.now().getTime()
  expect(await rotateKeys(needs)).toMatchObject({ kind: 'waiting', readyAt: new Date(shown + 630_000) })
  place.advance(620)
  await keyring.tend()
  expect(keyring.current().kid).toBe(signed)
  place.advance(20)
  await keyring.tend()
  expect(keyring.current().kid).not.toBe(signed)
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
