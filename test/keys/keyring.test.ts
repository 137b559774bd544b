// Signing keys: made once, shared, sealed at rest, and published for whoever verifies tokens without asking Signet.
import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { generateKey } from '../../src/keys/key-material.js'
import { algorithms } from '../../src/lib/algorithms.js'
import { deriveSecret, seal, unseal } from '../../src/lib/secrets.js'
import { StartError } from '../../src/lib/start-error.js'
import { thumbprint } from '../../src/lib/thumbprint.js'
import { ViewerDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { claimsOf, openKeysOf, openVaultOf } from '../support/forge.js'
import type { World, WorldOptions } from '../support/world.js'
import { createWorld } from '../support/world.js'

const issuer = 'https://auth.example.com'
const jwtSecret = 'Zk3v9QxWm2Lr8Ty5Bn7Hc4Jd6Pf1Gs0aUeIoVbXzKqM'
const pairAlgorithms = ['RS256', 'ES256'] as const

/** What a test opened, closed after it whatever came of it: the last first. */
const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (let close = opened.pop(); close; close = opened.pop()) await close()
})
const open = async (options: WorldOptions): Promise<World> => {
  const world = await createWorld(options)
  opened.push(world.close)
  return world
}

const readJwks = async (world: World): Promise<{ keys: Record<string, string>[] }> =>
  JSON.parse(await (await world.send('/.well-known/jwks.json')).text())

const readRows = async ({ pool }: World) => (await pool.query('SELECT * FROM signing_keys ORDER BY kid')).rows

/** All that the database holds, as text; bytes are hex there. */
const dump = async ({ pool }: World): Promise<string> => {
  const { rows: tables } = await pool.query(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  )
  const contents = await Promise.all(tables.map(({ name }) => pool.query(`SELECT t::text FROM ${name} t`)))
  return contents.flatMap(({ rows }) => rows.map(row => row.t)).join('\n')
}

/** Checks a token as another service would: with what the JWKS says and nothing else. */
const verifyElsewhere = (world: World, token: string, algorithm: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`)), {
    issuer,
    audience: 'api',
    typ: 'at+jwt',
    algorithms: [algorithm],
  })

describe.each(pairAlgorithms)('with %s', algorithm => {
  const env = { JWT_ALGORITHM: algorithm, JWT_ISSUER: issuer, JWT_AUDIENCE: 'api,web' }
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env })
  })
  afterAll(() => world.close())

  test('the JWKS holds two keys, their public members alone, under their RFC 7638 thumbprints', async () => {
    const { keys } = await readJwks(world)
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2)
    expect(keys).toHaveLength(2)
    const members = algorithm === 'RS256' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y']
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual([...members, 'alg', 'kid', 'use'].sort())
      expect(key).toMatchObject({ alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(key) })
      if (algorithm === 'RS256') expect(Buffer.from(key.n ?? '', 'base64url')).toHaveLength(256)
    }
  })

  test('another service verifies tokens with the JWKS alone', async () => {
    const { accessToken, user, session } = await world.signUp()
    const { payload, protectedHeader } = await verifyElsewhere(world, accessToken, algorithm)
    expect(payload).toMatchObject({ iss: issuer, aud: ['api', 'web'], sub: user.id, sid: session.id })
    expect(protectedHeader).toEqual({
      alg: algorithm,
      typ: 'at+jwt',
      kid: (await readJwks(world)).keys[0]?.kid,
    })
    const forged = `${accessToken.slice(0, -8)}AAAAAAAA`
    await expect(verifyElsewhere(world, forged, algorithm)).rejects.toThrow('signature verification failed')
  })

  test('the private key is nowhere in the database that anybody could read', async () => {
    const { privateKey } = (await openKeysOf(world, algorithm)).current()
    const jwk = privateKey.export({ format: 'jwk' })
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
    const spelled = (bytes: Buffer) => [
      bytes.toString('hex'),
      bytes.toString('base64url'),
      bytes.toString('base64'),
    ]
    const parts = ['d', 'p', 'q', 'dp', 'dq', 'qi'].flatMap(name => {
      const value = jwk[name as keyof typeof jwk]
      return typeof value === 'string' ? spelled(Buffer.from(value, 'base64url').subarray(0, 30)) : []
    })
    const everything = await dump(world)
    // The row is there, so a key in the clear would be found.
    const rows = await readRows(world)
    for (const row of rows) expect(everything).toContain(row.sealed_private.toString('hex'))
    expect(rows.map(row => row.sealed_private.length)).toContain(28 + pkcs8.length)
    for (const part of [...parts, ...spelled(pkcs8.subarray(0, 24)), 'PRIVATE', world.secret]) {
      expect(everything).not.toContain(part)
    }
  })

  test('two instances that start at once on an empty database have the same keys', async () => {
    const database = await createTestDatabase({ migrated: false })
    opened.push(database.drop)
    const both = await Promise.all(
      [1, 2].map(() => open({ env: { ...env, SIGNET_SECRET: world.secret }, databaseUrl: database.url })),
    )
    const [one, two] = both
    if (!one || !two) throw new Error('two were started')
    expect(await readRows(one)).toHaveLength(2)
    expect(await readJwks(one)).toEqual(await readJwks(two))
    for (const [from, to] of [[one, two] as const, [two, one] as const]) {
      const { accessToken, user } = await from.signUp()
      const { viewer } = (await to.run(ViewerDocument, {}, { token: accessToken })).data
      expect(viewer?.userId).toBe(user.id)
    }
  })

  test('a restart keeps the key, and the tokens of before still work', async () => {
    const { accessToken, user, refreshToken } = await world.signUp()
    const before = [await readJwks(world), await readRows(world)]
    const restarted = await open({ env, beside: world })
    expect([await readJwks(restarted), await readRows(restarted)]).toEqual(before)
    const { viewer } = (await restarted.run(ViewerDocument, {}, { token: accessToken })).data
    expect(viewer?.userId).toBe(user.id)
    await verifyElsewhere(restarted, accessToken, algorithm)
    expect((await restarted.refresh(refreshToken)).body.errors).toBeUndefined()
  })

  test.each(algorithms)(
    'another SIGNET_SECRET stops the start and changes nothing, also under %s',
    async asked => {
      const before = await dump(world)
      const other = { JWT_ALGORITHM: asked, SIGNET_SECRET: randomBytes(32).toString('base64url') }
      const start = open({ env: other, databaseUrl: world.databaseUrl })
      await expect(start).rejects.toThrow(StartError)
      await expect(start).rejects.toThrow('another SIGNET_SECRET')
      await expect(start).rejects.not.toThrow(other.SIGNET_SECRET)
      expect(await dump(world)).toBe(before)
    },
  )

  test.each([
    ['a flipped bit of the nonce', 'set_byte(sealed_private, 3, get_byte(sealed_private, 3) # 1)'],
    ['a flipped bit of the tag', 'set_byte(sealed_private, 20, get_byte(sealed_private, 20) # 1)'],
    ['a flipped bit of the key', 'set_byte(sealed_private, 60, get_byte(sealed_private, 60) # 128)'],
    ['a byte too few', 'substring(sealed_private FOR length(sealed_private) - 1)'],
    ['a byte too many', `sealed_private || '\\x00'::bytea`],
    ['almost no bytes', 'substring(sealed_private FOR 27)'],
    ['no bytes', `''::bytea`],
  ])('%s at rest stops the start and changes nothing', async (_, damaged) => {
    const whole = await readRows(world)
    await world.pool.query(`UPDATE signing_keys SET sealed_private = ${damaged}`)
    const before = await dump(world)
    await expect(open({ env, beside: world })).rejects.toThrow(StartError)
    expect(await dump(world)).toBe(before)
    for (const { kid, sealed_private } of whole) {
      await world.pool.query('UPDATE signing_keys SET sealed_private = $2 WHERE kid = $1', [
        kid,
        sealed_private,
      ])
    }
  })

  test('a key moved to another name stops the start', async () => {
    const [{ kid }] = await readRows(world)
    await world.pool.query('UPDATE signing_keys SET kid = $2 WHERE kid = $1', [kid, 'another'])
    await expect(open({ env, beside: world })).rejects.toThrow(StartError)
    await world.pool.query('UPDATE signing_keys SET kid = $1 WHERE kid = $2', [kid, 'another'])
  })
})

test('twenty instances that make their first key at the same moment have one', async () => {
  const fresh = await open({ env: { JWT_ALGORITHM: 'HS256' } })
  const rings = await Promise.all(Array.from({ length: 20 }, () => openKeysOf(fresh, 'ES256')))
  expect(new Set(rings.map(ring => ring.current().kid)).size).toBe(1)
  expect(await readRows(fresh)).toHaveLength(2)
})

test('a change of the algorithm signs nobody out, and keeps the keys of the other for the way back', async () => {
  const env = { JWT_ISSUER: issuer, JWT_ALGORITHM: 'ES256' }
  const first = await open({ env })
  const { accessToken } = await first.signUp()
  const second = await open({ env: { ...env, JWT_ALGORITHM: 'RS256' }, beside: first })
  expect((await readJwks(second)).keys.map(key => key.alg)).toEqual(['RS256', 'RS256'])
  expect(decodeProtectedHeader((await second.signUp()).accessToken).alg).toBe('RS256')
  expect((await second.run(ViewerDocument, {}, { token: accessToken })).data.viewer).not.toBeNull()
  const third = await open({ env, beside: first })
  expect(await readJwks(third)).toEqual(await readJwks(first))
  expect((await third.run(ViewerDocument, {}, { token: accessToken })).data.viewer).not.toBeNull()
})

describe('with HS256', () => {
  const env = { JWT_ALGORITHM: 'HS256', JWT_ISSUER: issuer, JWT_AUDIENCE: 'api' }
  const verify = (token: string, secret: Uint8Array) =>
    jwtVerify(token, secret, { issuer, audience: 'api', typ: 'at+jwt', algorithms: ['HS256'] })

  test('nothing is published, nothing is stored, and who shares JWT_SECRET verifies tokens', async () => {
    const world = await open({ env: { ...env, JWT_SECRET: jwtSecret } })
    expect(await (await world.send('/.well-known/jwks.json')).text()).toBe('{"keys":[]}')
    expect(await readRows(world)).toEqual([])
    expect(await dump(world)).not.toContain(jwtSecret)
    const { accessToken, user } = await world.signUp()
    expect((await verify(accessToken, Buffer.from(jwtSecret))).payload.sub).toBe(user.id)
    await expect(verify(accessToken, Buffer.from(world.secret))).rejects.toThrow()
  })

  test('without JWT_SECRET every instance signs with one that is kept, sealed, in the database', async () => {
    const world = await open({ env })
    const second = await open({ env, beside: world })
    const { accessToken } = await world.signUp()
    expect((await second.run(ViewerDocument, {}, { token: accessToken })).data.viewer).not.toBeNull()
    const vault = await openVaultOf(world)
    expect((await verify(accessToken, vault.sharedSecret)).payload.sid).toBe(claimsOf(accessToken).sid)
    expect(await dump(world)).not.toContain(vault.sharedSecret.toString('hex'))
    // Who learns SIGNET_SECRET alone, without the database, signs nothing.
    await expect(verify(accessToken, deriveSecret(world.secret, 'hs256-signing-key'))).rejects.toThrow()
    await expect(verify(accessToken, Buffer.from(world.secret))).rejects.toThrow()
    expect(`${decodeProtectedHeader(accessToken).kid}${JSON.stringify(claimsOf(accessToken))}`).not.toContain(
      world.secret,
    )
  })
})

describe('a thumbprint', () => {
  test('is that of the example in RFC 7638, section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    )
  })

  test('is the same as jose’s for keys of every kind, and that of a kind unknown throws', async () => {
    const keys = await Promise.all(pairAlgorithms.map(generateKey))
    for (const { publicJwk, kid } of keys) expect(kid).toBe(await calculateJwkThumbprint(publicJwk ?? {}))
    await fc.assert(
      fc.asyncProperty(fc.base64String({ minLength: 1 }), async text => {
        const jwk = { kty: 'oct', k: Buffer.from(text).toString('base64url') }
        expect(thumbprint(jwk)).toBe(await calculateJwkThumbprint(jwk))
      }),
    )
    expect(() => thumbprint({ kty: 'OKP' })).toThrow(TypeError)
  })
})

describe('a sealed secret', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

  test('opens with its key and its context alone', () => {
    fc.assert(
      fc.property(key, bytes, fc.string(), key, fc.string(), (own, plain, context, other, elsewhere) => {
        const sealed = seal(own, plain, context)
        expect(unseal(own, sealed, context)).toEqual(Buffer.from(plain))
        if (!Buffer.from(own).equals(other)) expect(unseal(other, sealed, context)).toBeNull()
        if (context !== elsewhere) expect(unseal(own, sealed, elsewhere)).toBeNull()
      }),
    )
  })

  test('does not open when any bit or the length was changed', () => {
    fc.assert(
      fc.property(key, bytes, fc.nat(), fc.nat({ max: 7 }), (own, plain, place, bit) => {
        const sealed = seal(own, plain, 'context')
        const at = place % sealed.length
        expect(unseal(own, sealed.with(at, (sealed[at] ?? 0) ^ (1 << bit)), 'context')).toBeNull()
        expect(unseal(own, sealed.slice(0, at), 'context')).toBeNull()
        expect(unseal(own, new Uint8Array([...sealed, 0]), 'context')).toBeNull()
      }),
    )
  })

  test('of the same plain text never looks the same twice', () => {
    const one = Buffer.alloc(32, 1)
    expect(seal(one, one, '')).not.toEqual(seal(one, one, ''))
  })
})

test('a derived secret is HKDF-SHA-256 (RFC 5869) with its purpose as info', () => {
  const purposes = ['refresh-token-pepper', 'signing-key-seal', 'hs256-signing-key'] as const
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom(...purposes), (secret, purpose) => {
      const extracted = createHmac('sha256', 'signet').update(secret).digest()
      const expanded = createHmac('sha256', extracted).update(`${purpose}\x01`).digest()
      expect(deriveSecret(secret, purpose)).toEqual(expanded)
    }),
  )
})
