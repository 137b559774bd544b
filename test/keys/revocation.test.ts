// The emergency: somebody may have a key that signs.
import { afterEach, expect, test } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import { findKey } from '../../src/keys/lifecycle.js'
import { revokeKey } from '../../src/keys/revoke.js'
import { rotateKeys } from '../../src/keys/rotate.js'
import { findKeys } from '../../src/keys/store.js'
import { ViewerDocument } from '../generated/graphql.js'
import { kidsWhen, readKids } from '../support/jwks.js'
import { createKeyPlace } from '../support/keyrings.js'
import { spawnSignet } from '../support/process.js'
import { createWorld } from '../support/world.js'

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (let close = opened.pop(); close; close = opened.pop()) await close()
})

test('a key revoked on the command line is gone from every instance within seconds, and nobody is signed out', async () => {
  // With a short max-age instances look for changes several times a second.
  const env = {
    JWT_ALGORITHM: 'ES256',
    SIGNET_JWKS_MAX_AGE_SECONDS: '5',
    JWT_ISSUER: 'https://auth.example.com',
  }
  const one = await createWorld({ env })
  opened.push(one.close)
  const two = await createWorld({ env, beside: one })
  opened.push(two.close)
  const { accessToken, refreshToken } = await one.signUp()
  const [leaked = '', next = ''] = await readKids(one)
  expect(decodeProtectedHeader(accessToken).kid).toBe(leaked)

  const command = spawnSignet({ ...env, DATABASE_URL: one.databaseUrl, SIGNET_SECRET: one.secret }, [
    'keys',
    'revoke',
    leaked,
  ])
  expect(await command.exited).toBe(0)
  expect(command.output().stdout).toContain(`${next} signs from now on`)

  for (const world of [one, two]) {
    expect(await kidsWhen(world, kids => !kids.includes(leaked))).toEqual([next, expect.any(String)])
    const refused = await world.run(ViewerDocument, {}, { token: accessToken })
    expect(refused.error.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID' })
  }
  const renewed = (await two.refresh(refreshToken)).data.refresh
  expect(decodeProtectedHeader(renewed.accessToken).kid).toBe(next)
  expect((await one.run(ViewerDocument, {}, { token: renewed.accessToken })).data.viewer).not.toBeNull()
}, 60_000)

test('a token of a key that an instance does not know yet makes it look, aside and not often', async () => {
  const place = await createKeyPlace()
  opened.push(place.close)
  const [one, two] = [await place.open(), await place.open()]
  const [leaked = ''] = one.keyring.jwks().keys.map(({ kid }) => `${kid}`)
  await revokeKey(one.needs, leaked)
  expect(two.keyring.find(leaked)?.kid).toBe(leaked)
  expect(two.keyring.find('unknown')).toBeUndefined()
  while (two.keyring.find(leaked)) await new Promise(resolve => setTimeout(resolve, 5))
  expect(two.keyring.current().kid).toBe(one.keyring.current().kid)
  await two.keyring.tend()

  // Within the brake's seconds nothing more is asked of the database, whatever strangers send.
  const asked = new Set<string>()
  two.needs.db.pool.on('acquire', () => asked.add('a query'))
  for (let i = 0; i < 1_000; i++) expect(two.keyring.find(`unknown ${i}`)).toBeUndefined()
  await new Promise(resolve => setImmediate(resolve))
  expect([...asked]).toEqual([])
})

test('a key may be revoked whatever it is at: one signs and one waits afterwards', async () => {
  const place = await createKeyPlace()
  opened.push(place.close)
  const { keyring, needs } = await place.open()
  const kids = () => keyring.jwks().keys.map(({ kid }) => `${kid}`)
  const [first = '', second = ''] = kids()

  expect(await revokeKey(needs, second)).toEqual({ kind: 'revoked', state: 'next', signsNow: null })
  expect(kids()).toEqual([first, expect.any(String)])
  const third = kids()[1] ?? ''
  expect(third).not.toBe(second)

  place.advance(86_400)
  await keyring.tend()
  expect(kids()).toEqual([third, expect.any(String), first])
  expect(await revokeKey(needs, first)).toEqual({ kind: 'revoked', state: 'retiring', signsNow: null })
  expect(keyring.find(first)).toBeUndefined()

  // Both in a row: the one that waits now has been seen by nobody, and signs all the same.
  for (let i = 0; i < 2; i++) {
    const [current = '', next] = kids()
    expect(await revokeKey(needs, current)).toEqual({ kind: 'revoked', state: 'current', signsNow: next })
    expect(kids()).toHaveLength(2)
  }
  expect(await revokeKey(needs, first)).toEqual({ kind: 'unknown' })

  // If none waits, one is made.
  const rows = await findKeys(needs.db.prisma)
  await needs.db.prisma.signingKey.delete({ where: { kid: findKey(rows, 'ES256', 'next')?.kid ?? '' } })
  await revokeKey(needs, kids()[0] ?? '')
  expect(kids()).toHaveLength(2)
  expect(kids()).not.toContain(rows[0]?.kid)
  await keyring.readyToSign()
  expect(keyring.current().kid).toBe(kids()[0])
})

test('keys of an algorithm that is out of use can be revoked for good, and from anywhere in an emergency', async () => {
  const place = await createKeyPlace()
  opened.push(place.close)
  const { keyring, needs } = await place.open()
  const [first = '', second = ''] = keyring.jwks().keys.map(({ kid }) => `${kid}`)
  // By a command that was given another JWT_ALGORITHM than the server has.
  const { db, clock, vault, keySettings } = needs
  const foreign = { db, clock, vault, keySettings: { ...keySettings, algorithm: 'RS256' as const } }
  expect(await rotateKeys(foreign)).toEqual({ kind: 'none' })
  expect(await revokeKey(foreign, first)).toEqual({ kind: 'revoked', state: 'current', signsNow: second })
  expect((await findKeys(db.prisma)).map(({ kid }) => kid)).toEqual([second])
  await keyring.reload()
  await keyring.readyToSign()
  expect(keyring.current().kid).toBe(second)
  // The server makes what is missing; without one, revoking the last leaves none.
  await revokeKey(foreign, second)
  expect(await findKeys(db.prisma)).toEqual([])
  await keyring.tend()
  expect(keyring.jwks().keys).toHaveLength(2)
})
