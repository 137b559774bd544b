// Whatever stands in the Authorization headers, asking who that is never throws.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { authenticate } from '../../src/access/viewer.js'
import type { AccessTokenClaims } from '../../src/tokens/claims.js'
import type { Verification } from '../../src/tokens/verify.js'

const claims: AccessTokenClaims = {
  sub: 'user',
  sid: 'session',
  jti: 'token',
  roles: ['reader'],
  rev: 7,
  iat: 1_800_000_000,
  exp: 1_800_000_900,
}
const verify = (token: string): Verification =>
  token === 'good'
    ? { ok: true, claims, algorithm: 'ES256' }
    : token === 'old'
      ? { ok: false, reason: 'EXPIRED', algorithm: 'ES256' }
      : { ok: false, reason: 'INVALID' }
const needs = {
  verifyAccessToken: verify,
  denylist: { find: () => null },
  vouchesUntil: () => Number.POSITIVE_INFINITY,
  stopwatch: () => 0,
  metrics: { observeVerification: () => undefined },
}
const kindOf = (headers: readonly string[]) => authenticate(needs, headers).kind

test('a verified token names its user, session, roles and times', () => {
  expect(authenticate(needs, ['Bearer good'])).toEqual({
    kind: 'viewer',
    knownNumber: 7,
    viewer: {
      userId: 'user',
      sessionId: 'session',
      tokenId: 'token',
      roles: ['reader'],
      issuedAt: new Date('2027-01-15T08:00:00Z'),
      expiresAt: new Date('2027-01-15T08:15:00Z'),
    },
  })
})

test.each([
  ['no header', [], 'anonymous'],
  ['an empty header', [''], 'anonymous'],
  ['a header of spaces', ['  '], 'anonymous'],
  ['two empty headers', ['', ''], 'refused'],
  ['a good token twice', ['Bearer good', 'Bearer good'], 'refused'],
  ['a good token and an empty header', ['Bearer good', ''], 'refused'],
  ['a good token behind a line break', ['Bearer\ngood'], 'refused'],
  ['a good token before a line break', ['Bearer good\n'], 'refused'],
])('%s makes it %j: %s', (_, headers, kind) => {
  expect(kindOf(headers)).toBe(kind)
})

test('a token that is refused keeps its reason', () => {
  expect(authenticate(needs, ['Bearer old'])).toEqual({ kind: 'refused', reason: 'EXPIRED' })
  expect(authenticate(needs, ['Bearer bad'])).toEqual({ kind: 'refused', reason: 'INVALID' })
})

test('headers of any kind and number never throw, and name a viewer only in the one form', () => {
  const mostly = (right: string, ...others: string[]) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, fc.constantFrom('', ...others))
  const header = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          mostly('', 'x', ' ', 'Basic ', 'Bearer '),
          mostly('Bearer', 'bearer', 'BEARER', 'beareR', 'Basic'),
          mostly(' ', '   ', '\t', '\n', '\u00a0', ': '),
          mostly('good', 'old', 'good,good', 'good good', '"good"'),
          mostly('', ' ', '  ', '\n', ' x', '='),
        )
        .map(pieces => pieces.join('')),
    },
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary' }).map(text => `Bearer ${text}`),
  )
  fc.assert(
    fc.property(
      fc.oneof({ weight: 3, arbitrary: fc.tuple(header) }, fc.array(header, { maxLength: 3 })),
      headers => {
        const [only] = headers
        const isBearer =
          headers.length === 1 && only !== undefined && /^[Bb][Ee][Aa][Rr][Ee][Rr] +good *$/.test(only)
        expect(kindOf(headers) === 'viewer').toBe(isBearer)
      },
    ),
    { numRuns: 500 },
  )
})

test('a header of a megabyte is answered at once', () => {
  for (const filler of [' ', 'x', 'x ', '\t']) {
    const started = performance.now()
    expect(kindOf([`Bearer ${filler.repeat(1_000_000)}\n`])).toBe('refused')
    expect(performance.now() - started).toBeLessThan(500)
  }
})
