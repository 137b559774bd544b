// Several instances on one database are of one mind about the keys, also when one of them hears late or nothing at all.
import { afterEach, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import { rotateKeys } from '../../src/keys/rotate.js'
import { ViewerDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { kidsWhen, readKids } from '../support/jwks.js'
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

const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid
const viewerOf = (world: World, token: string) => world.run(ViewerDocument, {}, { token })

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
    await late.keyring.readyToSign()
    expect(late.keyring.current().kid).toBe(old)
    // As long as that token can be alive, everybody verifies it.
    place.advance(keySettings.accessTokenSeconds)
    await prompt.keyring.tend()
    expect(prompt.keyring.find(old)?.kid).toBe(old)
    expect(prompt.keyring.jwks().keys.map(({ kid }) => kid)).toContain(old)
    // And from now on it does not sign before it has looked.
    expect(late.keyring.isFresh()).toBe(false)
    await late.keyring.readyToSign()
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
