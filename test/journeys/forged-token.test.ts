// Every attack on an access token that we know of (RFC 8725), over HTTP, for each algorithm. All but the first table
// are signed with the server's genuine key: what is refused is the one fault that stands in the token.
import { constants, createHmac, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { generateKey, secretKey } from '../../src/keys/key-material.js'
import { algorithms } from '../../src/lib/algorithms.js'
import { ask, bearer, refusal } from '../support/ask.js'
import type { Forge, Members } from '../support/forge.js'
import { createForge, encode, openKeysOf, roomFor } from '../support/forge.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const jwtSecret = 'Zk3v9QxWm2Lr8Ty5Bn7Hc4Jd6Pf1Gs0aUeIoVbXzKqM'

type Forgery = readonly [name: string, make: (forge: Forge, other: string) => string]

const unsigned = (alg: unknown): Forgery => [
  `alg ${JSON.stringify(alg)} and no signature`,
  ({ header, claims }) => `${encode({ ...header, alg })}.${encode(claims)}.`,
]

const withHeader = (name: string, header: Members): Forgery => [name, forge => forge.token({ header })]

/** A token whose whole header or payload is this text or these bytes. */
const withHeaderText = (name: string, write: (forge: Forge) => string | Uint8Array): Forgery => [
  name,
  forge => forge.seal(encode(write(forge)), encode(forge.claims)),
]
const withPayload = (name: string, write: (forge: Forge) => unknown): Forgery => [
  name,
  forge => forge.seal(encode(forge.header), encode(write(forge))),
]

const bitFlipped = (text: string): string => {
  const bytes = Buffer.from(text, 'base64url')
  bytes[7] = (bytes[7] ?? 0) ^ 1
  return bytes.toString('base64url')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same bytes with another last character: its lowest bit belongs to no byte. */
const looseBit = (text: string): string =>
  text.slice(0, -1) + (alphabet[alphabet.indexOf(text.slice(-1)) ^ 1] ?? '')

const withSignature = (name: string, change: (signature: string) => string): Forgery => [
  name,
  forge => {
    const [header, payload, signature = ''] = forge.token().split('.')
    return `${header}.${payload}.${change(signature)}`
  },
]

/** The first of these that a test can use: the shape of base64 depends on length and luck. */
const firstThat = (holds: (text: string) => boolean, make: (more: string) => string): string => {
  const found = Array.from({ length: 100 }, (_, length) => make('~'.repeat(length))).find(holds)
  if (found === undefined) throw new Error('nothing of this shape was made')
  return found
}

/** Genuine claims in a part that ends in a partial group of base64url, or has a letter that base64 writes otherwise. */
const claimsThat = ({ claims }: Forge, holds: (part: string) => boolean): string =>
  firstThat(holds, more => encode({ ...claims, more }))

const plainBase64 = (part: string): string => part.replaceAll('-', '+').replaceAll('_', '/')

const utf8 = (text: string): Buffer => Buffer.from(text, 'latin1')

const byStrangers: readonly Forgery[] = [
  ...['none', 'None', 'NONE', 'nOnE', '', null].map(unsigned),
  [
    'alg none and a genuine signature',
    ({ header, claims, seal }) => seal(encode({ ...header, alg: 'none' }), encode(claims)),
  ],
  withSignature('an empty signature', () => ''),
  withSignature('a truncated signature', signature => signature.slice(0, -4)),
  withSignature('a bit-flipped signature', bitFlipped),
  [
    'the signature of another genuine token',
    (forge, other) => forge.token().replace(/[^.]*$/, other.split('.')[2] ?? ''),
  ],
  withSignature('a lengthened signature', signature => `${signature.slice(0, -2)}AAAA`),
  withSignature('a padded signature', signature => `${signature}=`),
  withSignature('a loose bit in its signature', looseBit),
  [
    'plain base64 for a signature',
    forge =>
      plainBase64(
        firstThat(
          token => /[-_][^.]*$/.test(token),
          more => forge.token({ claims: { more } }),
        ),
      ),
  ],
  withSignature('a space in its signature', signature => `${signature.slice(0, 9)} ${signature.slice(9)}`),
  withSignature('a fourth part', signature => `${signature}.${signature}`),
  withSignature('a final dot', signature => `${signature}.`),
  ['two parts', forge => forge.token().split('.').slice(0, 2).join('.')],
  ['one part', forge => encode(forge.claims)],
  [
    'the five parts of a JWE',
    forge => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.${forge.key.kid}`,
  ],
  ['three empty parts', () => '..'],
  ['an empty header', forge => forge.token().replace(/^[^.]*/, '')],
  ['an empty payload', forge => forge.token().replace(/\.[^.]*\./, '..')],
  [
    'the payload of another genuine token',
    (forge, other) => {
      const [header, , signature] = forge.token().split('.')
      return `${header}.${other.split('.')[1]}.${signature}`
    },
  ],
  ['a tab inside', forge => forge.token().replace('.', '\t.')],
  ['a comma and another genuine token', (forge, other) => `${forge.token()},${other}`],
]

const headers: readonly Forgery[] = [
  ...['RS384', 'RS512', 'PS256', 'ES384', 'HS384', 'HS512', 'EdDSA', 'none', 'rs256', 'es256', 'hs256'].map(
    alg => withHeader(`alg ${alg} and the same kid`, { alg }),
  ),
  withHeader('alg absent', { alg: undefined }),
  withHeader('alg in an array', { alg: ['RS256', 'ES256', 'HS256'] }),
  withHeader('kid absent', { kid: undefined }),
  ...[
    '',
    'unknown',
    '../../../../dev/null',
    '/etc/passwd',
    "' UNION SELECT 'key' --",
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'https://example.com/key',
    null,
    0,
    {},
  ].map(kid => withHeader(`kid ${JSON.stringify(kid)}`, { kid })),
  ['kid in an array', forge => forge.token({ header: { kid: [forge.key.kid] } })],
  ['kid and a NUL', forge => forge.token({ header: { kid: `${forge.key.kid}\0` } })],
  ['kid and a space', forge => forge.token({ header: { kid: `${forge.key.kid} ` } })],
  withHeader('jku', { jku: 'https://example.com/jwks.json' }),
  withHeader('x5u', { x5u: 'https://example.com/chain.pem' }),
  ['jwk of the genuine key', forge => forge.token({ header: { jwk: forge.key.publicJwk ?? {} } })],
  withHeader('x5c', { x5c: ['AAAA'] }),
  withHeader('crit', { crit: ['exp'] }),
  withHeader('an empty crit', { crit: [] }),
  withHeader('b64', { b64: true }),
  withHeader('zip', { zip: 'DEF' }),
  withHeader('cty', { cty: 'JWT' }),
  withHeader('any other header member', { foo: 1 }),
  ...['JWT', 'AT+JWT', 'at+jwt ', 'application/at+jwt', 'rt+jwt', '', null, ['at+jwt']].map(typ =>
    withHeader(`typ ${JSON.stringify(typ)}`, { typ }),
  ),
  withHeader('typ absent', { typ: undefined }),
  withHeaderText('alg twice', ({ header }) => `{"alg":"none",${JSON.stringify(header).slice(1)}`),
  withHeaderText('kid twice', ({ header }) => `{"kid":"x",${JSON.stringify(header).slice(1)}`),
  withHeaderText('a member __proto__', ({ header }) => `{"__proto__":{},${JSON.stringify(header).slice(1)}`),
  withHeaderText('a header in an array', ({ header }) => JSON.stringify([header])),
  withHeaderText('null for a header', () => 'null'),
  withHeaderText('a header that is no JSON', ({ header }) => JSON.stringify(header).slice(1)),
  withHeaderText('white space in the JSON of its header', ({ header }) => JSON.stringify(header, null, 1)),
  withHeaderText('invalid UTF-8 in its header', ({ header }) =>
    utf8(JSON.stringify(header).replace('at+jwt', 'at+jwt\xff')),
  ),
  ['a padded header', forge => forge.seal(`${encode(forge.header)}=`, encode(forge.claims))],
  ['a loose bit in its header', forge => forge.seal(looseBit(encode(forge.header)), encode(forge.claims))],
]

const payloads: readonly Forgery[] = [
  withPayload('a payload in an array', ({ claims }) => [claims]),
  ...[null, 0, true, 'null', '"text"', 'no JSON', '{}', '[]'].map(payload =>
    withPayload(`the payload ${JSON.stringify(payload)}`, () => payload),
  ),
  withPayload('sub twice', ({ claims }) => `{"sub":"x",${JSON.stringify(claims).slice(1)}`),
  withPayload('exp twice', ({ claims }) => `{"exp":1,${JSON.stringify(claims).slice(1)}`),
  withPayload('white space in its JSON', ({ claims }) => JSON.stringify(claims, null, 1)),
  withPayload('a byte order mark', ({ claims }) => `\ufeff${JSON.stringify(claims)}`),
  withPayload('invalid UTF-8', ({ claims }) => utf8(JSON.stringify({ ...claims, name: '\xff' }))),
  withPayload('half a surrogate pair in UTF-8', ({ claims }) =>
    utf8(JSON.stringify({ ...claims, name: '\xed\xa0\x80' })),
  ),
  ['a padded payload', forge => forge.seal(encode(forge.header), `${encode(forge.claims)}=`)],
  [
    'a loose bit in its payload',
    forge => forge.seal(encode(forge.header), looseBit(claimsThat(forge, part => part.length % 4 === 3))),
  ],
  [
    'plain base64 for a payload',
    forge => forge.seal(encode(forge.header), plainBase64(claimsThat(forge, part => /[-_]/.test(part)))),
  ],
]

const now = (): number => Math.floor(Date.now() / 1000)

const notText = [undefined, null, '', 0, true, ['x'], {}] as const

const claimSets: readonly (readonly [name: string, change: (genuine: Forge['claims']) => Members])[] = [
  ...['sub', 'sid', 'jti', 'client_id', 'iss', 'aud'].flatMap(name =>
    notText.map(
      value => [`${name} ${JSON.stringify(value) ?? 'absent'}`, () => ({ [name]: value })] as const,
    ),
  ),
  ...[undefined, null, '', 'admin', {}, [1], [''], ['user', null], [['admin']]].map(
    roles => [`roles ${JSON.stringify(roles) ?? 'absent'}`, () => ({ roles })] as const,
  ),
  ...['https://example.com', 'HTTP://', 'signet'].map(iss => [`iss ${iss}`, () => ({ iss })] as const),
  ['iss with a final slash', ({ iss }) => ({ iss: `${iss}/` })],
  ['iss in an array', ({ iss }) => ({ iss: [iss] })],
  ...['other', 'Signet', 'signet ', [], ['other'], ['signet', 1], ['signet', ''], ['signet', null]].map(
    aud => [`aud ${JSON.stringify(aud)}`, () => ({ aud })] as const,
  ),
  ['exp absent', () => ({ exp: undefined })],
  ['exp null', () => ({ exp: null })],
  ['exp negative', () => ({ exp: -1 })],
  ['exp a string', ({ exp }) => ({ exp: `${exp}` })],
  ['exp with a fraction', ({ exp }) => ({ exp: exp - 0.5 })],
  ['exp huge', () => ({ exp: Number.MAX_SAFE_INTEGER })],
  ['exp beyond all integers', () => ({ exp: 1e300 })],
  ['exp in milliseconds', ({ exp }) => ({ exp: exp * 1000 })],
  ['exp a second beyond the configured lifetime', ({ iat }) => ({ exp: iat + 901 })],
  ['exp not after iat', ({ iat }) => ({ exp: iat })],
  ['iat absent', () => ({ iat: undefined })],
  ['iat a string', ({ iat }) => ({ iat: `${iat}` })],
  ['iat with a fraction', ({ iat }) => ({ iat: iat + 0.5 })],
  ['iat negative', () => ({ iat: -1 })],
  ['all times before 1970', () => ({ iat: -1000, nbf: -1000, exp: -100 })],
  ['a lifetime that spans 1970', () => ({ iat: -100, nbf: undefined, exp: 100 })],
  // The exact second is a fact of test/tokens/verify.test.ts, where the clock stands still.
  ['iat more than 60 seconds ahead', () => ({ iat: now() + 65, exp: now() + 900 })],
  ['nbf more than 60 seconds ahead', () => ({ nbf: now() + 65 })],
  ['nbf a string', ({ iat }) => ({ nbf: `${iat}` })],
  ['nbf null', () => ({ nbf: null })],
]

const claims: readonly Forgery[] = claimSets.map(([name, change]) => [
  name,
  forge => forge.token({ claims: change(forge.claims) }),
])

const good: readonly (readonly [name: string, change: (genuine: Forge['claims']) => Members])[] = [
  ['with nothing changed', () => ({})],
  ['issued 30 seconds ahead of our clock', () => ({ iat: now() + 30, nbf: now() + 30, exp: now() + 900 })],
  ['without nbf', () => ({ nbf: undefined })],
  ['for several audiences, one of them right', () => ({ aud: ['other', 'signet'] })],
  ['with a claim that we do not know', () => ({ acr: 'silver' })],
  ['with names in any script', () => ({ roles: ['администратор', '🔑'] })],
  ['of another client', () => ({ client_id: 'cli' })],
]

const questions = [
  { query: '{ viewer { userId } }', accept: 'application/json' },
  { query: '{ me { id } }', accept: 'application/graphql-response+json' },
  { query: '{ sessions { id } }', accept: '*/*' },
] as const

describe.each(algorithms)('signed with %s, a token', algorithm => {
  let world: World
  let forge: Forge
  let other: string
  beforeAll(async () => {
    const sharedSecret = algorithm === 'HS256' ? jwtSecret : null
    world = await createWorld({
      env: { JWT_ALGORITHM: algorithm, ...(sharedSecret && { JWT_SECRET: sharedSecret }) },
    })
    const keyring = await openKeysOf(world, algorithm, sharedSecret)
    forge = createForge(keyring.current(), (await world.signUp()).accessToken)
    other = (await world.signUp()).accessToken
  })
  afterAll(() => world.close())

  const expectRefused = async (token: string, reason = 'INVALID'): Promise<void> => {
    const answers = await Promise.all(
      questions.map(({ query, accept }) =>
        ask(world.url, { query, headers: [...bearer(token), 'Accept', accept] }),
      ),
    )
    for (const answer of answers) expect(answer).toEqual(refusal(reason))
  }

  test.each(good)('%s is accepted', async (_, change) => {
    const token = forge.token({ claims: change(forge.claims) })
    expect((await ask(world.url, { query: '{ viewer { userId } }', headers: bearer(token) })).body).toEqual({
      data: { viewer: { userId: forge.claims.sub } },
    })
  })

  test.each(
    [...byStrangers, ...headers, ...payloads, ...claims].filter(
      // An algorithm's own name is no swap.
      ([name]) => !name.startsWith(`alg ${algorithm} `),
    ),
  )('with %s is refused', (_, make) => expectRefused(make(forge, other)))

  test.each(algorithms.filter(one => one !== algorithm))('with alg %s and the same kid is refused', alg =>
    expectRefused(forge.token({ header: { alg } })),
  )

  test('of a stranger’s own key is refused, under its own kid and under ours', async () => {
    const stranger = algorithm === 'HS256' ? secretKey('x'.repeat(32)) : await generateKey(algorithm)
    const theirs = createForge(stranger, forge.token())
    await expectRefused(theirs.token())
    await expectRefused(theirs.token({ header: { kid: stranger.kid } }))
    await expectRefused(theirs.token({ header: { kid: stranger.kid, jwk: stranger.publicJwk ?? {} } }))
  })

  test('signed with the public key as if it were a secret is refused', async () => {
    const { publicKey, publicJwk } = forge.key
    const texts = publicJwk
      ? [
          publicKey.export({ format: 'pem', type: 'spki' }),
          publicKey.export({ format: 'der', type: 'spki' }),
          `${publicKey.export({ format: 'pem', type: 'spki' })}`.trim(),
          JSON.stringify(publicJwk),
          await (await world.send('/.well-known/jwks.json')).text(),
        ]
      : [forge.key.kid]
    for (const secret of texts) {
      for (const alg of ['HS256', algorithm]) {
        const text = `${encode({ ...forge.header, alg })}.${encode(forge.claims)}`
        await expectRefused(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)
      }
    }
  })

  test('signed with the genuine key by another method is refused', async () => {
    if (algorithm === 'HS256') return
    const key = forge.key.privateKey
    const text = (alg: string) => Buffer.from(`${encode({ ...forge.header, alg })}.${encode(forge.claims)}`)
    const otherWay = (alg: string): Buffer =>
      algorithm === 'RS256'
        ? sign('sha256', text(alg), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
        : sign('sha256', text(alg), { key, dsaEncoding: 'der' })
    for (const alg of [algorithm, 'PS256']) {
      await expectRefused(`${text(alg)}.${otherWay(alg).toString('base64url')}`)
    }
  })

  test('of at most 8192 bytes is accepted, and a longer one is refused', async () => {
    const sized = (length: number) => forge.token({ claims: { more: 'x'.repeat(length) } })
    const most = roomFor(forge, 8_192)
    expect([sized(most).length <= 8_192, sized(most + 1).length > 8_192]).toEqual([true, true])
    const question = { query: questions[0].query, headers: bearer(sized(most)) }
    expect((await ask(world.url, question)).status).toBe(200)
    await expectRefused(sized(most + 1))
    await expectRefused(sized(most + 1000))
  })

  test('that was genuine is refused as expired from its exp on, and as invalid where more is wrong', async () => {
    const past = { iat: forge.claims.iat - 1000, nbf: forge.claims.iat - 1000 }
    const token = (claims: Members) =>
      forge.token({ claims: { ...past, exp: forge.claims.iat - 100, ...claims } })
    await expectRefused(token({}), 'EXPIRED')
    await expectRefused(token({ exp: forge.claims.iat }), 'INVALID')
    await expectRefused(token({ exp: forge.claims.iat, iat: forge.claims.iat - 1 }), 'EXPIRED')
    await expectRefused(token({ aud: 'other' }), 'INVALID')
    await expectRefused(token({ sub: undefined }), 'INVALID')
    await expectRefused(`${token({}).slice(0, -8)}AAAAAAAA`, 'INVALID')
  })
})
