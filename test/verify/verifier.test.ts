import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { thumbprint } from '../../src/lib/thumbprint.js'
import type { Verifier, VerifierOptions } from '../../src/verify/index.js'
import { createVerifier } from '../../src/verify/index.js'
import { LogoutDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import {
  createAdmin,
  createCredential,
  disable,
  revokeEverything,
  revokeToken,
  runClients,
  setRoles,
} from '../support/feed.js'
import type { Forge } from '../support/forge.js'
import { claimsOf, createForge, openKeysOf } from '../support/forge.js'
import { createHttpProxy } from '../support/http-proxy.js'
import { createProxy } from '../support/proxy.js'
import { jwksPath, openServices, passing, reasonOf } from '../support/second-service.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let credential: string
let admin: Awaited<ReturnType<typeof createAdmin>>
let forge: Forge
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'RS256' } })
  credential = await createCredential(world)
  admin = await createAdmin(world)
  const keys = await openKeysOf(world, 'RS256')
  forge = createForge(keys.current(), (await world.signUp()).accessToken)
})
afterAll(() => world.close())

const { through, trust } = openServices(() => ({ issuer: world.url, credential }))

const tcpProxy = async () => {
  const proxy = await through(createProxy(world.url))
  return { ...proxy, url: proxy.url.replace(/\/$/, '') }
}

const eventuallyIs = (verifier: Verifier, token: string, reason: string): Promise<void> =>
  eventually(async () => expect(await reasonOf(verifier, token)).toBe(reason))

describe('a second service', () => {
  test('knows the user, session and roles of a good token, and refuses others as Signet does', async () => {
    const verifier = trust(world.url)
    await verifier.ready
    const user = await world.signUp()
    expect(await verifier.verify(user.accessToken)).toEqual({
      ok: true,
      claims: {
        sub: user.user.id,
        sid: user.session.id,
        jti: expect.any(String),
        roles: [],
        rev: expect.any(Number),
        iat: expect.any(Number),
        exp: expect.any(Number),
      },
    })
    const { iat } = forge.claims
    const expired = forge.token({ claims: { iat: iat - 1000, nbf: iat - 1000, exp: iat - 100 } })
    expect(await reasonOf(verifier, expired)).toBe('EXPIRED')
    const cases = [
      'nonsense',
      forge.token({ claims: { aud: 'other' } }),
      forge.token({ claims: { iss: 'https://other.example' } }),
      forge.token({ header: { typ: 'JWT' } }),
      forge.token({ header: { alg: 'none' } }),
      `${user.accessToken.slice(0, -8)}AAAAAAAA`,
    ]
    for (const token of cases) expect(await reasonOf(verifier, token)).toBe('INVALID')
  })

  test('refuses within moments whoever is signed out, banned or changed in Signet, and nobody else', async () => {
    const verifier = trust(world.url)
    await verifier.ready
    const users = await Promise.all(Array.from({ length: 6 }, () => world.signUp()))
    const [leaver, banned, changed, single, other, everybody] = users.map(user => ({
      ...user,
      token: user.accessToken,
    }))
    if (!leaver || !banned || !changed || !single || !other || !everybody)
      throw new Error('six were to sign up')
    for (const { accessToken } of users) expect(await reasonOf(verifier, accessToken)).toBe('ok')

    await world.run(LogoutDocument, {}, { token: leaver.token })
    await admin(disable, { input: { userId: banned.user.id } })
    const bannedAt = performance.now()
    await eventuallyIs(verifier, banned.token, 'REVOKED')
    console.log(`a ban was known in the second service ${Math.round(performance.now() - bannedAt)} ms later`)
    await admin(setRoles, { input: { userId: changed.user.id, roles: ['editor'] } })
    await admin(revokeToken, { input: { tokenId: claimsOf(single.token).jti } })
    await eventuallyIs(verifier, single.token, 'REVOKED')
    expect(await reasonOf(verifier, leaver.token)).toBe('REVOKED')
    expect(await reasonOf(verifier, changed.token)).toBe('STALE')
    expect(await reasonOf(verifier, other.token)).toBe('ok')

    const refreshed = (await world.refresh(changed.refreshToken)).data.refresh.accessToken
    expect(await verifier.verify(refreshed)).toMatchObject({ ok: true, claims: { roles: ['editor'] } })
    await admin(revokeEverything)
    await eventuallyIs(verifier, everybody.token, 'REVOKED')
    expect(await reasonOf(verifier, (await world.signUp()).accessToken)).toBe('ok')
  })

  test('that starts after a revocation knows of it', async () => {
    const user = await world.signUp()
    await world.run(LogoutDocument, {}, { token: user.accessToken })
    expect(await reasonOf(trust(world.url), user.accessToken)).toBe('REVOKED')
  })

  test('without revocations believes a token until it expires', async () => {
    const user = await world.signUp()
    await world.run(LogoutDocument, {}, { token: user.accessToken })
    expect(await reasonOf(trust(world.url, { revocations: null }), user.accessToken)).toBe('ok')
  })
})

describe('while Signet is away', () => {
  test.each(['cut', 'stall'] as const)(
    '(%s) tokens are verified, and what was missed is known after',
    async how => {
      const proxy = await tcpProxy()
      const verifier = trust(proxy.url)
      await verifier.ready
      const [staying, banned] = await Promise.all([world.signUp(), world.signUp()])
      proxy[how]()
      await admin(disable, { input: { userId: banned.user.id } })
      expect(await reasonOf(verifier, staying.accessToken)).toBe('ok')
      expect(await reasonOf(verifier, banned.accessToken)).toBe('ok')
      proxy.heal()
      await eventuallyIs(verifier, banned.accessToken, 'REVOKED')
      expect(await reasonOf(verifier, staying.accessToken)).toBe('ok')
    },
  )

  test('for longer than the budget, the answer is UNAVAILABLE, but for what is known to be refused', async () => {
    const proxy = await tcpProxy()
    const { stopwatch, pass } = passing()
    const faults: string[] = []
    const verifier = trust(proxy.url, { stopwatch, onFault: fault => faults.push(fault.message) })
    await verifier.ready
    const [user, leaver] = await Promise.all([world.signUp(), world.signUp()])
    await world.run(LogoutDocument, {}, { token: leaver.accessToken })
    await eventuallyIs(verifier, leaver.accessToken, 'REVOKED')
    proxy.cut()
    pass(50)
    expect(await reasonOf(verifier, user.accessToken)).toBe('ok')
    pass(15)
    expect(await reasonOf(verifier, user.accessToken)).toBe('UNAVAILABLE')
    expect(await reasonOf(verifier, leaver.accessToken)).toBe('REVOKED')
    expect(await reasonOf(verifier, 'nonsense')).toBe('INVALID')
    await eventually(() => expect(faults.join()).toContain('the revocations at http://127.0.0.1'))
    expect(faults.join()).not.toContain('signet_feed_')
    proxy.heal()
    await eventuallyIs(verifier, user.accessToken, 'ok')
  })

  test('a service that starts waits for a moment, then says UNAVAILABLE, and works when Signet is back', async () => {
    const proxy = await tcpProxy()
    const { accessToken } = await world.signUp()
    for (const how of ['cut', 'stall'] as const) {
      proxy[how]()
      const verifier = trust(proxy.url, { firstWaitSeconds: 0.2 })
      expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
      proxy.heal()
      await eventuallyIs(verifier, accessToken, 'ok')
    }
  })

  test('a stream that comes late does not pass for fresh', async () => {
    const { stopwatch, pass } = passing()
    let heartbeats = 0
    let isStreamAlone = false
    const tapped: typeof fetch = async (address, init) => {
      if (isStreamAlone) throw new Error('only the stream that stands gets through')
      const response = await fetch(address, init)
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, stream) => {
          heartbeats +=
            Buffer.from(chunk)
              .toString()
              .match(/event: heartbeat/g)?.length ?? 0
          stream.enqueue(chunk)
        },
      })
      return new Response(response.body?.pipeThrough(count), response)
    }
    const verifier = trust(world.url, { stopwatch, fetch: tapped })
    await verifier.ready
    const { accessToken } = await world.signUp()
    expect(await reasonOf(verifier, accessToken)).toBe('ok')
    isStreamAlone = true
    // What arrives from now on was said a minute before, for all that the service can know.
    pass(61)
    const before = heartbeats
    await eventually(() => expect(heartbeats).toBeGreaterThan(before))
    expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
    isStreamAlone = false
    await eventuallyIs(verifier, accessToken, 'ok')
  })
})

test('where streams do not get through, the service polls, and knows of a ban', async () => {
  const proxy = await through(createHttpProxy(world.url, { isBuffering: true }))
  const verifier = trust(proxy.url)
  await verifier.ready
  const user = await world.signUp()
  expect(await reasonOf(verifier, user.accessToken)).toBe('ok')
  await admin(disable, { input: { userId: user.user.id } })
  await eventuallyIs(verifier, user.accessToken, 'REVOKED')
})

test('a service whose credential is revoked says so, and UNAVAILABLE once its budget is spent', async () => {
  const own = await createCredential(world, 'leaving')
  const { stopwatch, pass } = passing()
  const faults: string[] = []
  const revocations = { url: `${world.url}/revocations`, credential: own }
  const verifier = trust(world.url, { revocations, stopwatch, onFault: fault => faults.push(fault.message) })
  await verifier.ready
  const { accessToken } = await world.signUp()
  const id = /^(\S+) .* leaving$/m.exec(await runClients(world, 'list'))?.[1] ?? ''
  await runClients(world, 'revoke', id)
  await eventually(() => expect(faults.join()).toContain('was answered with status 401'))
  expect(await reasonOf(verifier, accessToken)).toBe('ok')
  pass(65)
  expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
})

test('when Signet comes back with a restored database, the service believes that one', async () => {
  const database = await createTestDatabase()
  const direct = new Pool({ connectionString: database.url, max: 1 })
  const before = await createWorld({ databaseUrl: database.url })
  const proxy = await through(createHttpProxy(before.url))
  const revocations = { url: `${proxy.url}/revocations`, credential: await createCredential(before) }
  const verifier = trust(proxy.url, { issuer: before.url, revocations })
  const [lost, banned] = await Promise.all([before.signUp(), before.signUp()])
  await (await createAdmin(before))(disable, { input: { userId: lost.user.id } })
  await eventuallyIs(verifier, lost.accessToken, 'REVOKED')
  await before.close()
  // A backup from before the ban.
  await direct.query('DELETE FROM revocations')
  await direct.query('UPDATE revocation_feed SET last_number = 0')
  const after = await createWorld({ beside: before, env: { JWT_ISSUER: before.url } })
  proxy.retarget(after.url)
  await eventuallyIs(verifier, lost.accessToken, 'ok')
  // Its number was given before.
  await direct.query(
    "SELECT record_revocations('USER', ARRAY[$1::uuid], 'ADMIN', now(), now() + interval '10 minutes')",
    [banned.user.id],
  )
  await eventuallyIs(verifier, banned.accessToken, 'REVOKED')
  expect(await reasonOf(verifier, lost.accessToken)).toBe('ok')
  await after.close()
  await direct.end()
  await verifier.close()
  await database.drop()
})

describe('the keys', () => {
  test('are fetched once for a hundred callers', async () => {
    const proxy = await through(createHttpProxy(world.url))
    const verifier = trust(proxy.url)
    const { accessToken } = await world.signUp()
    const results = await Promise.all(Array.from({ length: 100 }, () => reasonOf(verifier, accessToken)))
    expect(new Set(results)).toEqual(new Set(['ok']))
    expect(proxy.count(jwksPath)).toBe(1)
  })

  test('are looked for again when one is not known, seldom, however many such tokens come', async () => {
    const proxy = await through(createHttpProxy(world.url))
    const { stopwatch, pass } = passing()
    const verifier = trust(proxy.url, { stopwatch, revocations: null })
    await verifier.ready
    const flood = () =>
      Promise.all(
        Array.from({ length: 200 }, () =>
          reasonOf(verifier, forge.token({ header: { kid: randomBytes(32).toString('base64url') } })),
        ),
      )
    for (let round = 1; round <= 3; round++) {
      pass(6)
      expect(new Set(await flood())).toEqual(new Set(['INVALID']))
      expect(proxy.count(jwksPath)).toBe(1 + round)
    }
    // Who comes too early waits for the next look: before it, nobody can tell that there is no such key.
    expect(new Set(await flood())).toEqual(new Set(['INVALID']))
    expect(proxy.count(jwksPath)).toBe(5)
    // What cannot be the name of a key is not looked for.
    pass(6)
    expect(await reasonOf(verifier, forge.token({ header: { kid: '../../x' } }))).toBe('INVALID')
    expect(proxy.count(jwksPath)).toBe(5)
  })

  test('that are new are found at once; one that cannot be looked for is UNAVAILABLE', async () => {
    const proxy = await through(createHttpProxy(world.url))
    const { stopwatch, pass } = passing()
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
    const stranger = { ...other, kid: thumbprint(other), alg: 'ES256', use: 'sig' }
    const body = (keys: object[]) => ({ body: JSON.stringify({ keys }) })
    proxy.answer(jwksPath, body([stranger]))
    const verifier = trust(proxy.url, { stopwatch, revocations: null })
    await verifier.ready
    const { accessToken } = await world.signUp()
    pass(6)
    expect(await reasonOf(verifier, accessToken)).toBe('INVALID')
    pass(6)
    proxy.answer(jwksPath, { status: 503 })
    expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
    pass(6)
    proxy.answer(jwksPath, null)
    expect(await reasonOf(verifier, accessToken)).toBe('ok')
  })

  describe('that lie are refused, and the last good ones stay:', () => {
    const genuine = async () =>
      ((await (await world.send(jwksPath)).json()) as { keys: [Record<string, unknown>] }).keys[0]
    const keys = (list: unknown) => ({ body: JSON.stringify({ keys: list }) })
    const rsa = (bits: number) => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
      const jwk = publicKey.export({ format: 'jwk' })
      return { ...jwk, kid: thumbprint(jwk), alg: 'RS256', use: 'sig' }
    }
    const ec = () => {
      const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
      return { ...jwk, kid: thumbprint(jwk), alg: 'ES256', use: 'sig' }
    }
    type Key = Record<string, unknown>
    test.each<
      readonly [
        string,
        string,
        (good: Key) => { status?: number; headers?: Record<string, string>; body?: string },
      ]
    >([
      ['another algorithm', 'neither of RS256 nor of ES256', good => keys([{ ...good, alg: 'HS256' }])],
      ['no algorithm', 'neither of RS256 nor of ES256', ({ alg: _, ...good }) => keys([good])],
      [
        'an algorithm of another kind of key',
        'neither of RS256 nor of ES256',
        good => keys([{ ...good, alg: 'ES256' }]),
      ],
      [
        'a secret key',
        'secret members',
        good => keys([good, { kty: 'oct', k: 'c2VjcmV0', kid: 'x', alg: 'HS256' }]),
      ],
      ['a private member', 'secret members', good => keys([{ ...good, d: 'AQAB' }])],
      [
        'a kid that is not the thumbprint',
        'not its thumbprint',
        good => keys([{ ...good, kid: 'A'.repeat(43) }]),
      ],
      ['no kid', 'not its thumbprint', ({ kid: _, ...good }) => keys([good])],
      [
        'another modulus under the kid',
        'not its thumbprint',
        good => keys([{ ...rsa(2048), kid: good.kid }]),
      ],
      ['a key for encryption', 'not for signatures', good => keys([{ ...good, use: 'enc' }])],
      ['a weak key', 'unsafe size', () => keys([rsa(1024)])],
      [
        'a key that anybody can sign with',
        'unsafe exponent',
        () => {
          const jwk = { ...rsa(2048), e: 'AQ' }
          return keys([{ ...jwk, kid: thumbprint(jwk) }])
        },
      ],
      ['a key twice', 'a key twice', good => keys([good, good])],
      ['too many keys', 'more than 32 keys', () => keys(Array.from({ length: 33 }, () => ec()))],
      ['too many bytes', 'more than 65536 bytes', good => keys([{ ...good, x: 'x'.repeat(70_000) }])],
      ['no key', 'holds no key', () => keys([])],
      ['what is no key', 'what is no key', good => keys([good, null])],
      ['no list', 'no list of keys', good => keys(good)],
      ['no object', 'no list of keys', () => ({ body: '[]' })],
      ['no JSON', 'is not JSON', () => ({ body: '<html>' })],
      [
        'a redirect to elsewhere',
        'status 302',
        () => ({ status: 302, headers: { location: `${world.url}${jwksPath}` } }),
      ],
      ['an error', 'status 500', () => ({ status: 500 })],
    ])('%s', async (_, word, lie) => {
      const proxy = await through(createHttpProxy(world.url))
      const { stopwatch, pass } = passing()
      const faults: Error[] = []
      const settings = { stopwatch, revocations: null, onFault: (fault: Error) => faults.push(fault) }
      const verifier = trust(proxy.url, settings)
      await verifier.ready
      proxy.answer(jwksPath, lie(await genuine()))
      pass(6)
      const unknown = forge.token({ header: { kid: randomBytes(32).toString('base64url') } })
      expect(await reasonOf(verifier, unknown)).toBe('UNAVAILABLE')
      expect(faults.map(({ message }) => message)).toEqual([
        expect.stringMatching(new RegExp(`^the keys at http://127\\.0\\.0\\.1:\\d+/\\S+: .*${word}`)),
      ])
      expect(await reasonOf(verifier, forge.token())).toBe('ok')
      // One that starts now believes nothing.
      const late = trust(proxy.url, { ...settings, firstWaitSeconds: 0.5 })
      expect(await reasonOf(late, forge.token())).toBe('UNAVAILABLE')
    })
  })
})

test.each<readonly [string, object]>([
  ['issuer', { issuer: '' }],
  ['audience', { audience: [] }],
  ['jwksUrl', { jwksUrl: 'ftp://example.com/keys' }],
  ['jwksUrl', { jwksUrl: 'https://user:password@example.com/keys' }],
  ['accessTokenSeconds', { accessTokenSeconds: 0 }],
  ['firstWaitSeconds', { firstWaitSeconds: Number.NaN }],
  ['audience', { audience: [1] }],
  ['audience', { audience: {} }],
  ['jwksUrl', { jwksUrl: 1 }],
  ['onFault', { onFault: 'log' }],
  ['clock', { clock: 1 }],
  ['fetch', { fetch: 1 }],
  ['revocations', { revocations: undefined }],
  ['revocations', { revocations: false }],
  ['revocations.credential', { revocations: { credential: undefined } }],
  ['revocations.credential', { revocations: { credential: 'a secret that is wrong' } }],
  [
    'revocations.budgetSeconds',
    { revocations: { credential: `signet_feed_${'A'.repeat(64)}`, budgetSeconds: 1 } },
  ],
])('options that cannot be are refused by name: %s', (name, wrong) => {
  const options = { issuer: 'https://auth.example.com', audience: 'signet', revocations: null, ...wrong }
  const create = () => createVerifier(options)
  expect(create).toThrow(TypeError)
  expect(create).toThrow(`createVerifier: ${name} must`)
  expect(create).not.toThrow('a secret that is wrong')
})

test.each<readonly [string, object | null]>([
  ['options must be given', null],
  ['auidence is no option; there are issuer, audience, ', { auidence: 'signet' }],
  [
    'revocations.budget is no option; there are credential, url, budgetSeconds',
    { issuer: 'https://auth.example.com', audience: 'signet', revocations: { budget: 9 } },
  ],
])('a slip is refused and not overlooked: %s', (message, options) => {
  expect(() => createVerifier(options as VerifierOptions)).toThrow(new RegExp(`^createVerifier: ${message}`))
})
