// The template language of SIGNET_CLAIMS: what it gives, what it refuses, and that no template can spoil a token.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { KeyMaterial } from '../../src/keys/key-material.js'
import { generateKey } from '../../src/keys/key-material.js'
import { maxClaimsBytes, parseClaimsTemplate } from '../../src/tokens/claims-template.js'
import { createIssuer } from '../../src/tokens/issue.js'
import { createTokenVerifier, maxTokenBytes } from '../../src/tokens/verify.js'
import { parseRoles } from '../../src/users/roles.js'
import { claimsOf } from '../support/forge.js'

const userId = '00000000-0000-4000-8000-000000000000'

const fill = (template: unknown, roles: readonly string[]): unknown => {
  const parsed = parseClaimsTemplate(JSON.stringify(template))
  return 'value' in parsed ? parsed.value({ userId, roles }) : parsed
}

const faultOf = (text: string): string => {
  const parsed = parseClaimsTemplate(text)
  return 'fault' in parsed ? parsed.fault : ''
}

describe('a placeholder', () => {
  const both = ['editor', 'reader']
  test.each<readonly [string, unknown, unknown]>([
    ['{userId}', userId, userId],
    ['{roles}', both, []],
    ['{roles|user}', both, ['user']],
    ['{roles[0]|user}', 'editor', 'user'],
    ['{roles joined}', 'editor reader', ''],
    ['{roles joined|user}', 'editor reader', 'user'],
    ['user:{userId}', `user:${userId}`, `user:${userId}`],
    ['openid {roles joined|none} {roles[0]|x}', 'openid editor reader editor', 'openid none x'],
  ])('%s gives %j with roles, and %j without', (text, withRoles, without) => {
    expect(fill({ claim: text, deep: [{ text }] }, both)).toEqual({
      claim: withRoles,
      deep: [{ text: withRoles }],
    })
    expect(fill({ claim: text }, [])).toEqual({ claim: without })
  })

  test('leaves everything else of the template as it is', () => {
    const template = {
      text: 'as it is',
      number: -1.5,
      truth: true,
      nothing: null,
      list: [1, ['2']],
      none: {},
    }
    expect(fill(template, ['editor'])).toEqual(template)
  })

  test('gives a list of the user’s own every time', () => {
    const roles = ['editor']
    expect((fill({ list: '{roles}' }, roles) as { list: unknown }).list).not.toBe(roles)
  })
})

describe('a template is refused', () => {
  const reserved = 'iss aud sub sid jti client_id roles rev iat nbf exp alg kid typ crit jwk Roles EXP'.split(
    ' ',
  )
  test.each(reserved)('that sets %s', name => {
    expect(faultOf(JSON.stringify({ [name]: 'x' }))).toContain(`must not set the claim ${name},`)
    expect(fill({ inner: { [name]: 'x' } }, [])).toEqual({ inner: { [name]: 'x' } })
  })

  test.each(['{"a":', '', 'scope', '{"a":1,}', "{'a':1}"])('that is no JSON: %s', text => {
    expect(faultOf(text)).toMatch(/^must be a JSON object/)
  })
  test.each(['[]', '"{userId}"', 'null', '1'])('that is JSON but no object: %s', text => {
    expect(faultOf(text)).toBe('must be a JSON object')
  })
  test('with the place from which it cannot be read', () => {
    expect(faultOf('{"a":1,,}')).toContain('from character 8 on')
  })

  test.each([
    '{email}',
    '{name}',
    '{user.email}',
    '{userId|x}',
    '{ userId }',
    '{roles.length}',
    '{roles[1]|x}',
    '{roles|}',
    '{roles|two words}',
    '{}',
    '{userId}{',
    'a } b',
    '{{roles}}',
    '{process.exit()}',
  ])('that holds %s', text => {
    expect(faultOf(JSON.stringify({ a: text }))).toMatch(/placeholder that does not exist, or a lone brace/)
  })

  test.each<readonly [string, string, RegExp]>([
    ['the first role of a user who may have none', '{"a":"{roles[0]}"}', /such as \{roles\[0\]\|user\}/],
    ['a list inside a text', '{"a":"my {roles}"}', /Write \{roles joined\} there/],
    ['a placeholder in a name', '{"a":{"{userId}":1}}', /in values only/],
    ['__proto__', '{"a":{"__proto__":{"admin":true}}}', /Rename it/],
    ['constructor', '{"constructor":1}', /Rename it/],
    ['toString in a list', '{"a":[{"toString":1}]}', /Rename it/],
    ['a claim without a name', '{"":1}', /without a name/],
    ['a member of blanks', '{"a":{"  ":1}}', /without a name/],
    ['half of a character', '{"a":"\\ud800"}', /surrogate/],
    ['half of a character in a name', '{"\\ud800":1}', /surrogate/],
    ['a number beyond what is exact', '{"a":9007199254740993}', /Write it as a text/],
    ['a number that is infinite', '{"a":1e999}', /Write it as a text/],
    ['nine levels', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`, /more than 8 deep/],
    ['too much', JSON.stringify({ a: 'x'.repeat(maxClaimsBytes) }), /too large/],
    ['too much for many roles', '{"a":"{roles}","b":"{roles}","c":"{roles}"}', /fewer places/],
  ])('that holds %s', (_, text, fault) => {
    expect(faultOf(text)).toMatch(fault)
  })
})

describe('any template, for any roles', () => {
  let key: KeyMaterial
  beforeAll(async () => {
    // RS256: its signatures are the longest.
    key = await generateKey('RS256')
  })

  const text = fc.oneof(
    fc.constantFrom(
      '{userId}',
      '{roles}',
      '{roles|user}',
      '{roles joined}',
      '{roles[0]|user}',
      'a {roles joined|x}',
    ),
    fc.constantFrom('{roles[0]}', '{email}', 'x {roles}', '{', '\ud800'),
    fc.string({ unit: 'binary' }),
    fc.string(),
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      text,
      fc.jsonValue(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom('1', 'roles', 'iss', '__proto__', 'scope')),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  }))
  const template = fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: fc.string() }, fc.constantFrom('iss', 'Sub', 'constructor', '7')),
    value,
    { maxKeys: 4 },
  )
  const roles = fc.array(fc.stringMatching(/^[A-Za-z][\w.:-]{0,63}$/), { maxLength: 40 }).filter(names => {
    try {
      return parseRoles(names).length === names.length
    } catch {
      return false
    }
  })

  test('is either refused, or its claims stand in a token that the strict verifier accepts', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(template, roles, async (given, userRoles) => {
        const parsed = parseClaimsTemplate(JSON.stringify(given))
        if ('fault' in parsed) return expect(parsed.fault).not.toBe('')
        taken += 1
        const settings = { issuer: 'https://auth.example.com', audience: ['api'], accessTokenSeconds: 900 }
        const clock = () => new Date('2027-01-01T00:00:00Z')
        const subject = { userId, sessionId: userId, roles: userRoles, knownNumber: 7 }
        const issue = createIssuer({
          clock,
          signingKey: () => key,
          settings: { ...settings, fillClaims: parsed.value },
        })
        const { accessToken } = await issue(subject)
        const verified = createTokenVerifier({ clock, findKey: () => key, settings })(accessToken)
        expect(verified).toMatchObject({ ok: true, claims: { sub: userId, roles: userRoles, rev: 7 } })
        const { iss, aud, sub, sid, jti, client_id, roles, rev, iat, nbf, exp, ...own } =
          claimsOf(accessToken)
        expect(own).toEqual(JSON.parse(JSON.stringify(parsed.value({ userId, roles: userRoles }))))
        expect(Object.keys(own).sort()).toEqual(Object.keys(JSON.parse(JSON.stringify(given))).sort())
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  test('that is taken leaves room in a token for the user with the most and longest roles', async () => {
    const most = [
      'r'.repeat(64),
      'r'.repeat(60),
      ...Array.from({ length: 30 }, (_, i) => `${i}`.padStart(30, 'r')),
    ]
    expect(parseRoles(most).join('')).toHaveLength(1_024)
    const room = (more: string) =>
      parseClaimsTemplate(JSON.stringify({ a: '{roles}', b: '{roles joined}', more }))
    let filler = maxClaimsBytes
    while ('fault' in room('x'.repeat(filler))) filler -= 1
    const largest = room('x'.repeat(filler))
    if (!('value' in largest)) throw new Error('no template is taken')
    expect(JSON.stringify(largest.value({ userId, roles: most })).length).toBe(maxClaimsBytes)
    const settings = {
      issuer: `https://${'i'.repeat(250)}.example.com`,
      audience: Array.from({ length: 10 }, (_, i) => `https://api-${i}.example.com`),
      accessTokenSeconds: 900,
    }
    const { accessToken } = await createIssuer({
      clock: () => new Date(0),
      signingKey: () => key,
      settings: { ...settings, fillClaims: largest.value },
    })({ userId, sessionId: userId, roles: most, knownNumber: 2 ** 53 - 1 })
    expect(accessToken.length).toBeLessThan(maxTokenBytes)
  })
})

test('every template of docs/claims.md is taken', () => {
  const docs = readFileSync(new URL('../../docs/claims.md', import.meta.url), 'utf8')
  const templates = [...docs.matchAll(/^SIGNET_CLAIMS='(.*)'$/gm)].map(([, text = '']) => text)
  expect(templates.length).toBeGreaterThan(2)
  for (const text of templates) expect([text, faultOf(text)]).toEqual([text, ''])
})
