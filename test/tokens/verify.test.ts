// What holds for every token, not only for the attacks that somebody thought of.
import { KeyObject } from 'node:crypto'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import jwt from 'jsonwebtoken'
import type { KeyMaterial } from '../../src/keys/key-material.js'
import { generateKey, secretKey } from '../../src/keys/key-material.js'
import type { Algorithm } from '../../src/lib/algorithms.js'
import { algorithms } from '../../src/lib/algorithms.js'
import { createIssuer } from '../../src/tokens/issue.js'
import type { Verification } from '../../src/tokens/verify.js'
import { createTokenVerifier, maxTokenBytes } from '../../src/tokens/verify.js'
import type { Forge } from '../support/forge.js'
import { claimsOf, createForge, encode, roomFor } from '../support/forge.js'

const settings = { issuer: 'https://auth.example.com', audience: ['api', 'web'], accessTokenSeconds: 900 }
const now = 1_800_000_000
const subject = { userId: 'user', sessionId: 'session', roles: ['reader'], knownNumber: 7 }

const at = (seconds: number) => () => new Date(seconds * 1000)
const verifierOf = (key: KeyMaterial, seconds = now) =>
  createTokenVerifier({ clock: at(seconds), findKey: kid => (kid === key.kid ? key : undefined), settings })
const issue = async (key: KeyMaterial, seconds = now): Promise<string> => {
  const { accessToken } = await createIssuer({ clock: at(seconds), signingKey: () => key, settings })(subject)
  return accessToken
}

const keys = new Map<Algorithm, KeyMaterial>()
beforeAll(async () => {
  keys.set('RS256', await generateKey('RS256'))
  keys.set('ES256', await generateKey('ES256'))
  keys.set('HS256', secretKey(Buffer.alloc(32, 7)))
})
const keyOf = (algorithm: Algorithm): KeyMaterial => {
  const key = keys.get(algorithm)
  if (!key) throw new Error('no key')
  return key
}

const invalid: Verification = { ok: false, reason: 'INVALID' }

describe.each(algorithms)('with %s', algorithm => {
  test('what is issued is accepted, says what was meant and nothing personal', async () => {
    const token = await issue(keyOf(algorithm))
    const { jti, ...claims } = claimsOf(token)
    expect(claims).toEqual({
      iss: settings.issuer,
      aud: ['api', 'web'],
      sub: 'user',
      sid: 'session',
      client_id: 'signet',
      roles: ['reader'],
      rev: 7,
      iat: now,
      nbf: now,
      exp: now + 900,
    })
    expect(verifierOf(keyOf(algorithm))(token)).toEqual({
      ok: true,
      claims: { sub: 'user', sid: 'session', jti, roles: ['reader'], rev: 7, iat: now, exp: now + 900 },
      algorithm,
    })
  })

  test.each(['unseen', 'known'])(
    'a token with one character changed, added or left out is refused (%s)',
    async how => {
      const key = keyOf(algorithm)
      const verify = verifierOf(key)
      const token = await issue(key)
      if (how === 'known') expect(verify(token).ok).toBe(true)
      const place = fc.nat({ max: token.length - 1 })
      const letter = fc.oneof(
        fc.constantFrom(...'ABCXYZabcxyz0123456789-_.=+/ \t\n'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      )
      fc.assert(
        fc.property(place, letter, fc.constantFrom(0, 1), (index, character, removed) => {
          const changed = token.slice(0, index) + character + token.slice(index + removed)
          fc.pre(changed !== token)
          expect(verify(changed)).toMatchObject(invalid)
          expect(verify(token.slice(0, index) + token.slice(index + 1)).ok).toBe(false)
        }),
        { numRuns: 200 },
      )
    },
  )

  test.each(['unseen', 'known'])('a token with any one bit of a part changed is refused (%s)', async how => {
    const key = keyOf(algorithm)
    const verify = verifierOf(key)
    const token = await issue(key)
    if (how === 'known') expect(verify(token).ok).toBe(true)
    const parts = token.split('.')
    fc.assert(
      fc.property(fc.nat({ max: 2 }), fc.nat(), fc.nat({ max: 7 }), (part, index, bit) => {
        const bytes = Buffer.from(parts[part] ?? '', 'base64url')
        const place = index % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
        expect(verify(parts.with(part, bytes.toString('base64url')).join('.'))).toMatchObject(invalid)
      }),
      { numRuns: 300 },
    )
  })

  test('a token is accepted from 60 seconds before its iat until its exp, at any moment of the clock', async () => {
    const key = keyOf(algorithm)
    const token = await issue(key)
    const moment = fc.oneof(
      fc.integer({ min: now - 100, max: now + 1000 }),
      fc.integer({ min: 0, max: 8_640_000_000_000 }),
      fc.constantFrom(now - 61, now - 60, now, now + 899, now + 900, now + 899.999, now - 60.001),
    )
    fc.assert(
      fc.property(moment, seconds => {
        const expected = seconds < now - 60 ? 'INVALID' : seconds < now + 900 ? 'ok' : 'EXPIRED'
        const verification = verifierOf(key, seconds)(token)
        expect(verification.ok ? 'ok' : verification.reason).toBe(expected)
      }),
    )
  })

  test('a token that lives longer than is believed by now is refused, also where it was accepted before', async () => {
    const key = keyOf(algorithm)
    const token = await issue(key)
    const changing = { ...settings }
    const verify = createTokenVerifier({ clock: at(now), findKey: () => key, settings: changing })
    expect(verify(token).ok).toBe(true)
    changing.accessTokenSeconds = 899
    expect(verify(token)).toEqual(invalid)
  })

  test('what is told of a token is the same for all who ask with it, and nobody can write to it', async () => {
    const key = keyOf(algorithm)
    const token = await issue(key)
    const verify = verifierOf(key)
    const [first, second] = [verify(token), verify(token)]
    if (!first.ok || !second.ok) throw new Error('refused')
    expect(second.claims).toBe(first.claims)
    expect(Object.isFrozen(first.claims)).toBe(true)
    expect(Object.isFrozen(first.claims.roles)).toBe(true)
  })

  test('keys reach jsonwebtoken as KeyObjects and in no other form', async () => {
    const verify = jest.spyOn(jwt, 'verify')
    const key = keyOf(algorithm)
    const token = await issue(key)
    expect(verifierOf(key)(token).ok).toBe(true)
    verifierOf(key)(`${token.slice(0, -8)}AAAAAAAA`)
    const received = verify.mock.calls.map(([, given]) => given)
    expect(received).toHaveLength(2)
    for (const given of received) expect(given).toBeInstanceOf(KeyObject)
    jest.restoreAllMocks()
  })
})

describe('a string', () => {
  test('that is no token is refused and never throws', () => {
    const verify = verifierOf(keyOf('ES256'))
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map(encode),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(encode({ alg: 'ES256', typ: 'at+jwt', kid: keyOf('ES256').kid }), encode({}), ''),
    )
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ maxLength: 20_000 }),
      fc.array(part, { maxLength: 6 }).map(parts => parts.join('.')),
    )
    fc.assert(
      fc.property(anything, text => {
        expect(verify(text)).toMatchObject(invalid)
      }),
      { numRuns: 1000 },
    )
  })

  test('of nested arrays as deep as a token can hold is refused and never throws', async () => {
    const { forge, verify } = await genuine()
    const deep = encode('['.repeat(2_900) + ']'.repeat(2_900))
    expect(forge.seal('', deep).length).toBeLessThan(maxTokenBytes)
    expect(verify(forge.seal(encode(forge.header), deep))).toMatchObject(invalid)
    expect(verify(forge.seal(deep, encode(forge.claims)))).toMatchObject(invalid)
  })

  test('of 8193 bytes is refused though nothing else is wrong with it, and of 8192 accepted', async () => {
    const key = keyOf('ES256')
    const forge = createForge(key, await issue(key))
    const room = roomFor(forge, 8_192)
    const lengths = [8_192, 8_193].map(wanted => {
      // The header and the payload together reach every length.
      const candidates = ['', 'k', 'kk'].flatMap(more =>
        Array.from({ length: 12 }, (_, filler) => {
          const kid = key.kid + more
          const claims = { more: 'x'.repeat(room - 6 + filler) }
          return { kid, token: forge.token({ header: { kid }, claims }) }
        }),
      )
      const found = candidates.find(({ token }) => token.length === wanted)
      const verify = createTokenVerifier({
        clock: at(now),
        findKey: kid => (kid === found?.kid ? key : undefined),
        settings,
      })
      return [found?.token.length, verify(found?.token ?? '').ok]
    })
    expect(lengths).toEqual([
      [8_192, true],
      [8_193, false],
    ])
  })
})

const genuine = async (): Promise<{ forge: Forge; verify: (token: string) => Verification }> => {
  const key = keyOf('ES256')
  return { forge: createForge(key, await issue(key)), verify: verifierOf(key) }
}

// The rules of the claims, written down once more and from the specification alone.
const text = (value: unknown): boolean => typeof value === 'string' && value !== ''
const texts = (value: unknown): value is string[] => Array.isArray(value) && value.every(text)
const time = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const judge = (claims: unknown): 'ok' | 'EXPIRED' | 'INVALID' => {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return 'INVALID'
  const { iss, aud, roles, iat, nbf, exp, ...rest } = claims as Record<string, unknown>
  const audiences = typeof aud === 'string' ? [aud] : aud
  const rules = [
    iss === 'https://auth.example.com',
    texts(audiences) && (audiences.includes('api') || audiences.includes('web')),
    ['sub', 'sid', 'jti', 'client_id'].every(name => text(rest[name])),
    texts(roles),
    time(iat) && iat <= now + 60,
    nbf === undefined || (time(nbf) && nbf <= now + 60),
    time(exp) && time(iat) && exp > iat && exp <= iat + 900,
  ]
  if (rules.includes(false)) return 'INVALID'
  return (exp as number) > now ? 'ok' : 'EXPIRED'
}

describe('claims signed with the genuine key', () => {
  const mostly = (right: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue() })
  const name = mostly(fc.string({ minLength: 1 }))
  const near = (moment: number) =>
    mostly(
      fc.oneof(
        fc.integer({ min: moment - 70, max: moment + 70 }),
        fc.constantFrom(moment - 61, moment - 60, moment, moment + 60, moment + 61, moment + 0.5, -moment),
      ),
    )
  const claimSet = fc.record(
    {
      iss: mostly(fc.constant(settings.issuer)),
      aud: mostly(
        fc.oneof(
          fc.constantFrom('api', 'web', 'other'),
          fc.array(fc.constantFrom('api', 'web', 'other', '')),
        ),
      ),
      sub: name,
      sid: name,
      jti: name,
      client_id: name,
      roles: mostly(fc.array(fc.string({ minLength: 1 }))),
      iat: fc.oneof({ weight: 3, arbitrary: near(now - 100) }, near(now - 900), near(now)),
      exp: fc.oneof({ weight: 3, arbitrary: near(now + 600) }, near(now)),
      nbf: near(now),
      more: fc.jsonValue(),
    },
    { requiredKeys: ['iss', 'aud', 'sub', 'sid', 'jti', 'client_id', 'roles', 'iat', 'exp'] },
  )

  test('are accepted if and only if they keep every rule', async () => {
    const { forge, verify } = await genuine()
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: claimSet }, fc.jsonValue()), claims => {
        const payload = JSON.stringify(claims)
        const expected = judge(JSON.parse(payload))
        seen.add(expected)
        const verification = verify(forge.seal(encode(forge.header), encode(payload)))
        expect(verification.ok ? 'ok' : verification.reason).toBe(expected)
      }),
      { numRuns: 1000 },
    )
    expect([...seen].sort()).toEqual(['EXPIRED', 'INVALID', 'ok'])
  })

  test('are refused when any one that is required is left out', async () => {
    const { forge, verify } = await genuine()
    const { nbf: _, rev: __, ...required } = forge.claims
    for (const name of Object.keys(required)) {
      expect([name, verify(forge.token({ claims: { [name]: undefined } }))]).toEqual([name, invalid])
    }
  })

  test('know no revocation where they do not say which is the last they know', async () => {
    const { forge, verify } = await genuine()
    const { rev: _, ...claims } = forge.claims
    expect(verify(forge.token({ claims: { ...claims, rev: undefined } }))).toMatchObject({
      claims: { rev: 0 },
    })
    for (const rev of [-1, 1.5, '7', null, 2 ** 53]) {
      expect([rev, verify(forge.token({ claims: { rev } }))]).toEqual([rev, invalid])
    }
  })

  test('are accepted under a header of exactly alg, kid and typ', async () => {
    const { forge, verify } = await genuine()
    const { alg, kid, typ } = forge.header
    const member = fc.constantFrom(alg, kid, typ, 'none', 'HS256', 'JWT', '')
    const header = fc.oneof(
      fc.record({ alg: member, kid: member, typ: member }),
      fc
        .record({ alg: fc.constant(alg), kid: fc.constant(kid), typ: fc.constant(typ) })
        .chain(genuineHeader =>
          fc
            .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 1 })
            .map(more => ({ ...more, ...genuineHeader })),
        ),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(header, given => {
        const sent = JSON.parse(JSON.stringify(given))
        const same =
          typeof sent === 'object' &&
          sent !== null &&
          Object.keys(sent).length === 3 &&
          sent.alg === alg &&
          sent.kid === kid &&
          sent.typ === typ
        expect(verify(forge.seal(encode(JSON.stringify(given)), encode(forge.claims))).ok).toBe(same)
      }),
      { numRuns: 500 },
    )
  })
})
