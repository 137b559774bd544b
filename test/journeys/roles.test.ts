// What changing somebody's roles does to their tokens: stale at once, and nobody is signed out.
import { afterAll, describe, expect, test } from '@jest/globals'
import type { TokensFragment } from '../generated/graphql.js'
import { SessionsDocument, UsersDocument } from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { createAdministration, createWitness, signedOut } from '../support/administration.js'
import { eventually } from '../support/eventually.js'
import { changeBefore } from '../support/held-user.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const world: World = await createWorld()
const admin: Admin = await signUpAdmin(world)
afterAll(() => world.close())

const { disable, enable, setRoles } = createAdministration(world, () => admin.accessToken)
const { ask, expectAccepted, refusalOf, countRevocations } = createWitness(world)

describe('changed roles', () => {
  test('make the access token stale, and a refresh brings them in the same session', async () => {
    const user = await world.signUp()
    const { setUserRoles } = (await setRoles(user.user.id, ['editor', 'billing:read'])).data
    expect(setUserRoles.user.roles).toEqual(['editor', 'billing:read'])
    expect(await refusalOf(user.accessToken)).toEqual({ code: 'UNAUTHENTICATED', reason: 'STALE' })
    const { refresh } = (await world.refresh(user.refreshToken)).data
    expect([refresh.session.id, refresh.user.roles]).toEqual([user.session.id, ['editor', 'billing:read']])
    expect((await ask(refresh.accessToken)).data.viewer).toMatchObject({
      sessionId: user.session.id,
      roles: ['editor', 'billing:read'],
    })
  })

  test('hold for sessions that begin at once, and several times within one second', async () => {
    const user = await world.signUp()
    let tokens: TokensFragment = user
    for (const roles of [['a'], ['a', 'b'], [], ['a'], ['c']]) {
      const before = tokens.accessToken
      await setRoles(user.user.id, roles)
      expect((await refusalOf(before)).reason).toBe('STALE')
      tokens = (await world.refresh(tokens.refreshToken)).data.refresh
      const begun = await world.logIn(user)
      for (const { accessToken } of [tokens, begun]) {
        expect((await ask(accessToken)).data.viewer?.roles).toEqual(roles)
      }
    }
    const { sessions } = (await world.run(SessionsDocument, {}, { token: tokens.accessToken })).data
    expect(sessions).toHaveLength(6)
  })

  test('that a login had to wait for are in its token, which is good', async () => {
    const user = await world.signUp()
    const change = [
      "UPDATE users SET roles = '{editor}' WHERE id = $1",
      "SELECT record_revocations('USER', ARRAY[$1::uuid], 'STALE', now(), now() + interval '1 hour')",
    ]
    const { accessToken } = await changeBefore(world, user.user.id, change, () => world.logIn(user))
    await eventually(async () => expect((await refusalOf(user.accessToken)).reason).toBe('STALE'))
    expect((await ask(accessToken)).data.viewer?.roles).toEqual(['editor'])
  })

  test('that are the same in another order, or twice, make nothing stale', async () => {
    const user = await world.signUp()
    await setRoles(user.user.id, ['a', 'b'])
    const { accessToken } = (await world.refresh(user.refreshToken)).data.refresh
    const before = await countRevocations()
    for (const roles of [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b', 'a', 'a'],
    ]) {
      expect((await setRoles(user.user.id, roles)).data.setUserRoles.user.roles).toEqual(['a', 'b'])
    }
    await expectAccepted(accessToken)
    expect(await countRevocations()).toBe(before)
  })

  test('give and take the administration', async () => {
    const user = await world.signUp()
    await setRoles(user.user.id, ['admin'])
    const promoted = (await world.refresh(user.refreshToken)).data.refresh
    const list = (token: string) => world.run(UsersDocument, { first: 1 }, { token })
    expect((await list(promoted.accessToken)).data.users.edges).toHaveLength(1)
    await setRoles(user.user.id, [])
    expect((await list(promoted.accessToken)).error.extensions.reason).toBe('STALE')
    const demoted = (await world.refresh(promoted.refreshToken)).data.refresh
    expect((await list(demoted.accessToken)).error.extensions).toEqual({
      code: 'FORBIDDEN',
      reason: 'ROLE',
      role: 'admin',
    })
  })

  test('of a disabled account are those that it has when it is enabled', async () => {
    const user = await world.signUp()
    await disable(user.user.id)
    await setRoles(user.user.id, ['editor'])
    await enable(user.user.id)
    expect((await world.logIn(user)).user.roles).toEqual(['editor'])
    expect(await refusalOf(user.accessToken)).toEqual(signedOut('DISABLED'))
  })

  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `role-${index}`)

  test('may be 32, of 64 characters each and 1024 together, however often each is named', async () => {
    const { user } = await world.signUp()
    const roles = many(32).map((role, index) => role.padEnd(index === 0 ? 64 : index === 1 ? 60 : 30, 'x'))
    expect(roles.join('')).toHaveLength(1024)
    expect((await setRoles(user.id, [...roles, ...roles])).data.setUserRoles.user.roles).toEqual(roles)
  })

  test.each<readonly [string, string[]]>([
    ['33 of them', many(33)],
    ['an empty name', ['']],
    ['a space', ['a b']],
    ['a space around it', [' a']],
    ['a new line behind it', ['a\n']],
    ['a digit first', ['1a']],
    ['a comma', ['a,b']],
    ['another script', ['\u0430dmin']],
    ['NUL', ['a\u0000']],
    ['65 characters', ['a'.repeat(65)]],
    ['1025 characters together', ['a', ...many(16).map(role => role.padEnd(64, 'x'))]],
    ['one wrong among good ones', ['a', 'b', '!']],
  ])('may not have %s', async (_, roles) => {
    const user = await world.signUp()
    const { error } = await setRoles(user.user.id, roles)
    expect([error.extensions.code, error.message]).toEqual([
      'BAD_USER_INPUT',
      expect.stringMatching(/at most 32 names/),
    ])
    await expectAccepted(user.accessToken)
  })
})
