// What administrators do to signing keys over GraphQL, seen on two instances of one database.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import {
  RevokeSigningKeyDocument,
  RotateSigningKeyDocument,
  SigningKeysDocument,
} from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { createWitness } from '../support/administration.js'
import { kidsWhen, readKids } from '../support/jwks.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const env = { JWT_ALGORITHM: 'ES256', JWT_ISSUER: 'https://auth.example.com' }
const kidOf = (token: string) => decodeProtectedHeader(token).kid

let one: World
let two: World
let admin: Admin
beforeAll(async () => {
  one = await createWorld({ env })
  two = await createWorld({ env, beside: one })
  admin = await signUpAdmin(one)
})
afterAll(async () => {
  await two.close()
  await one.close()
})

const advance = (seconds: number): void => {
  one.advance(seconds)
  two.advance(seconds)
}
/** The administrator's client: it refreshes before it asks, as any client would that is refused. */
const asAdmin = async () => {
  admin = { ...admin, ...(await one.refresh(admin.refreshToken)).data.refresh }
  return { token: admin.accessToken }
}
const list = async (world = one) =>
  (await world.run(SigningKeysDocument, {}, await asAdmin())).data.signingKeys
const rotate = async () => one.run(RotateSigningKeyDocument, {}, await asAdmin())
const revoke = async (kid: string) => one.run(RevokeSigningKeyDocument, { input: { kid } }, await asAdmin())

describe('an administrator', () => {
  test('sees each key, its state and what happens to it next, as the JWKS has them', async () => {
    const keys = await list()
    const [current, next] = keys
    expect(keys.map(({ kid }) => kid)).toEqual(await readKids(one))
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
    const at = current?.prospect.at
    expect(keys).toEqual([
      {
        kid: kidOf(admin.accessToken),
        algorithm: 'ES256',
        state: 'CURRENT',
        since: time,
        prospect: { step: 'RETIRES', at: time, notBefore: null },
      },
      {
        kid: next?.kid,
        algorithm: 'ES256',
        state: 'NEXT',
        since: time,
        prospect: { step: 'SIGNS', at, notBefore: time },
      },
    ])
    const days = (Date.parse(`${at}`) - Date.parse(`${current?.since}`)) / 86_400_000
    expect(days).toBe(90)
    expect(Date.parse(`${next?.prospect.notBefore}`) - Date.parse(`${next?.since}`)).toBe(630_000)
  })

  test('is told to wait while services may not have seen the next key, and how long', async () => {
    const before = await readKids(one)
    const { error } = await rotate()
    expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) })
    expect(error.extensions.retryAfterSeconds).toBeGreaterThan(500)
    expect(error.extensions.retryAfterSeconds).toBeLessThanOrEqual(630)
    expect(error.message).toContain(before[1])
    expect(await readKids(one)).toEqual(before)
  })

  test('rotates after that: the next key signs on every instance, and tokens of the one before are good', async () => {
    const [first = '', second = ''] = await readKids(one)
    const user = await two.signUp()
    advance(631)
    expect((await rotate()).data.rotateSigningKey).toEqual({ kid: second, retiredKid: first })
    await kidsWhen(two, kids => kids[0] === second)
    for (const world of [one, two]) {
      await createWitness(world).expectAccepted(user.accessToken)
      expect(kidOf((await world.signUp()).accessToken)).toBe(second)
    }
    const keys = await list(two)
    expect(keys.map(({ state, prospect }) => [state, prospect.step])).toEqual([
      ['CURRENT', 'RETIRES'],
      ['NEXT', 'SIGNS'],
      ['RETIRING', 'GOES'],
    ])
    expect(keys.at(-1)).toMatchObject({ kid: first, prospect: { at: expect.any(String), notBefore: null } })
  })

  test('revokes the key that signs: its tokens are refused everywhere, clients refresh, nobody is signed out', async () => {
    const users = [await one.signUp(), await two.signUp()]
    const [leaked = '', next = ''] = await readKids(one)
    const { data } = await revoke(leaked)
    expect(data.revokeSigningKey).toEqual({ kid: leaked, state: 'CURRENT', signsNow: next })
    await kidsWhen(two, kids => !kids.includes(leaked))
    for (const world of [one, two]) {
      expect((await readKids(world))[0]).toBe(next)
      for (const { accessToken } of [...users, admin]) {
        expect(kidOf(accessToken)).toBe(leaked)
        expect(await createWitness(world).refusalOf(accessToken)).toEqual({
          code: 'UNAUTHENTICATED',
          reason: 'INVALID',
        })
      }
    }
    for (const [index, { refreshToken, session }] of users.entries()) {
      const renewed = (await (index === 0 ? two : one).refresh(refreshToken)).data.refresh
      expect([kidOf(renewed.accessToken), renewed.session.id]).toEqual([next, session.id])
      for (const world of [one, two]) await createWitness(world).expectAccepted(renewed.accessToken)
    }
    expect((await list()).map(({ kid }) => kid)).not.toContain(leaked)
  })

  test('revokes a key that waits or retires too, and then none signs in its place', async () => {
    for (const state of ['NEXT', 'RETIRING']) {
      const kid = (await list()).find(key => key.state === state)?.kid ?? ''
      expect((await revoke(kid)).data.revokeSigningKey).toEqual({ kid, state, signsNow: null })
      expect((await list()).map(key => key.kid)).not.toContain(kid)
    }
    expect((await list()).map(({ state }) => state)).toEqual(['CURRENT', 'NEXT'])
  })

  test.each([
    ['another name', 'unknown'],
    ['no name', ''],
    ['a path', '../..'],
    ['a quote', "' OR 1=1"],
    ['a very long name', 'x'.repeat(10_000)],
    ['NUL', '\u0000'],
  ])('is told of %s that there is no such key, and nothing changes', async (_, kid) => {
    const before = await readKids(one)
    const { error } = await revoke(kid)
    expect(error.extensions).toEqual({ code: 'NOT_FOUND' })
    expect(error.message).toContain('no key pair of this kid')
    expect(await readKids(one)).toEqual(before)
  })

  test('is shown nothing private, whatever the answer', async () => {
    const { rows } = await one.pool.query('SELECT * FROM signing_keys')
    expect(rows.length).toBeGreaterThan(1)
    const text = JSON.stringify(await list())
    for (const { sealed_private } of rows) {
      for (const encoding of ['base64', 'base64url', 'hex'] as const)
        expect(text).not.toContain(Buffer.from(sealed_private).toString(encoding).slice(0, 24))
    }
    expect(Object.keys((await list())[0] ?? {}).sort()).toEqual([
      'algorithm',
      'kid',
      'prospect',
      'since',
      'state',
    ])
  })
})

test('without a schedule a key waits until somebody rotates', async () => {
  const world = await createWorld({ env: { JWT_ALGORITHM: 'ES256', SIGNET_KEY_ROTATION_DAYS: '0' } })
  const token = (await signUpAdmin(world)).accessToken
  const { signingKeys } = (await world.run(SigningKeysDocument, {}, { token })).data
  expect(signingKeys.map(({ prospect }) => prospect)).toEqual([
    { step: 'RETIRES', at: null, notBefore: null },
    { step: 'SIGNS', at: null, notBefore: expect.any(String) },
  ])
  await world.close()
})

test('with HS256 there is nothing to rotate or revoke, and the answer says what to do; keys of before are listed', async () => {
  const pairs = await createWorld({ env })
  const shared = await createWorld({ beside: pairs, env: { ...env, JWT_ALGORITHM: 'HS256' } })
  const { accessToken: token } = await signUpAdmin(shared)
  const { error } = await shared.run(RotateSigningKeyDocument, {}, { token })
  expect(error.extensions).toEqual({ code: 'FORBIDDEN', reason: 'SHARED_SECRET' })
  expect(error.message).toContain('set another JWT_SECRET')
  const kid = kidOf(token) ?? ''
  const refused = await shared.run(RevokeSigningKeyDocument, { input: { kid } }, { token })
  expect(refused.error.extensions).toEqual({ code: 'NOT_FOUND' })
  const { signingKeys } = (await shared.run(SigningKeysDocument, {}, { token })).data
  expect(signingKeys.map(key => key.prospect)).toEqual(
    Array(2).fill({ step: 'STAYS', at: null, notBefore: null }),
  )
  await shared.close()
  await pairs.close()
})
