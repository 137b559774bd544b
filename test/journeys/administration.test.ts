// What administrators do to accounts, sessions and tokens, and what those concerned see of it.
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from '@jest/globals'
import {
  ChangePasswordDocument,
  DeleteUserDocument,
  DisableUserDocument,
  EnableUserDocument,
  RevokeAccessTokenDocument,
  RevokeEverythingDocument,
  RevokeUserSessionsDocument,
  SessionsDocument,
  SetUserRolesDocument,
  UserDocument,
  UsersDocument,
} from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import {
  createAdministration,
  createWitness,
  ended,
  signedOut,
  tokenIdOf,
} from '../support/administration.js'
import type { Answer, World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

const world: World = await createWorld()
let admin: Admin = await signUpAdmin(world)
afterAll(() => world.close())

const { disable, enable, signOut, remove, setRoles, revokeToken } = createAdministration(
  world,
  () => admin.accessToken,
)
const { tryLogin, expectAccepted, refusalOf, endOf, countRevocations } = createWitness(world)

const asAdmin = () => ({ token: admin.accessToken })

describe('a disabled account', () => {
  test('can neither sign in nor refresh, and its access tokens are refused at once', async () => {
    const user = await world.signUp()
    const second = await world.logIn(user)
    const { disableUser } = (await disable(user.user.id)).data
    expect(disableUser).toEqual({
      sessionsEnded: 2,
      user: { id: user.user.id, disabledAt: expect.any(String) },
    })
    for (const { accessToken } of [user, second]) {
      expect(await refusalOf(accessToken)).toEqual({
        ...signedOut('DISABLED'),
        sessionEndedAt: disableUser.user.disabledAt,
      })
    }
    expect(await endOf(user)).toEqual({ code: 'ACCOUNT_DISABLED' })
    expect((await tryLogin(user)).error.extensions).toEqual({ code: 'ACCOUNT_DISABLED' })
    // Who does not know the password is not told.
    expect((await tryLogin({ ...user, password: 'wrong horse' })).error.extensions.code).toBe(
      'INVALID_CREDENTIALS',
    )
  })

  test('that is disabled again stays disabled since the first time', async () => {
    const { user } = await world.signUp()
    const first = (await disable(user.id)).data.disableUser
    world.advance(1)
    expect((await disable(user.id)).data.disableUser).toEqual({ ...first, sessionsEnded: 0 })
    world.advance(-1)
  })

  test('that is enabled signs in again, and the sessions that it had stay ended', async () => {
    const user = await world.signUp()
    await disable(user.user.id)
    expect((await enable(user.user.id)).data.enableUser).toEqual({
      user: { id: user.user.id, disabledAt: null },
    })
    expect(await endOf(user)).toEqual(ended('DISABLED'))
    expect(await refusalOf(user.accessToken)).toEqual(signedOut('DISABLED'))
    const again = await world.logIn(user)
    await expectAccepted(again.accessToken)
    await expectAccepted((await world.refresh(again.refreshToken)).data.refresh.accessToken)
    const shown = (await world.run(SessionsDocument, {}, { token: again.accessToken })).data.sessions
    expect(shown.map(({ id }) => id)).toEqual([again.session.id])
  })

  test('enabling one that is not disabled changes nothing', async () => {
    const user = await world.signUp()
    expect((await enable(user.user.id)).data.enableUser.user.disabledAt).toBeNull()
    await expectAccepted(user.accessToken)
  })
})

test('a user who is signed out everywhere signs in again at once', async () => {
  const user = await world.signUp()
  const second = await world.logIn(user)
  const { revokeUserSessions } = (await signOut(user.user.id)).data
  expect(revokeUserSessions).toEqual({ sessionsEnded: 2, user: { id: user.user.id } })
  for (const one of [user, second]) {
    expect(await refusalOf(one.accessToken)).toEqual(signedOut('ADMIN'))
    expect(await endOf(one)).toEqual(ended('ADMIN'))
  }
  const again = await world.logIn(user)
  await expectAccepted(again.accessToken)
  expect((await signOut(user.user.id)).data.revokeUserSessions.sessionsEnded).toBe(1)
  expect((await signOut(user.user.id)).data.revokeUserSessions.sessionsEnded).toBe(0)
})

describe('a deleted account', () => {
  test('is gone, its tokens are refused, and its address is free', async () => {
    const user = await world.signUp()
    const id = user.user.id
    expect((await remove(id)).data.deleteUser).toEqual({ sessionsEnded: 1, userId: id })
    expect(await refusalOf(user.accessToken)).toEqual(signedOut('DELETED'))
    expect((await endOf(user)).reason).toBe('UNKNOWN')
    expect((await tryLogin(user)).error.extensions).toEqual({ code: 'INVALID_CREDENTIALS' })
    expect((await world.run(UserDocument, { id }, asAdmin())).data.user).toBeNull()
    const heir = await world.signUp({ email: user.email })
    expect(heir.user.id).not.toBe(id)
    await expectAccepted(heir.accessToken)
    expect(await refusalOf(user.accessToken)).toEqual(signedOut('DELETED'))
    for (const table of ['passwords', 'sessions']) {
      const { rows } = await world.pool.query(`SELECT 1 FROM ${table} WHERE user_id = $1`, [id])
      expect(rows).toEqual([])
    }
  })

  test('is deleted though its user signs in and changes the password meanwhile, and nobody waits', async () => {
    for (let round = 0; round < 8; round++) {
      const user = await world.signUp()
      const newPassword = newAccount().password
      const change = { currentPassword: user.password, newPassword }
      const answers = await Promise.all([
        tryLogin(user),
        tryLogin(user),
        world.run(ChangePasswordDocument, { input: change }, { token: user.accessToken }),
        tryLogin(user),
        new Promise(resolve => setTimeout(resolve, 20 + round * 3)).then(() => remove(user.user.id)),
      ])
      const codes = answers.flatMap(({ body }) => body.errors?.map(({ extensions }) => extensions.code) ?? [])
      const meant = ['INVALID_CREDENTIALS', 'ACCOUNT_DISABLED', 'UNAUTHENTICATED']
      expect(codes.filter(code => !meant.includes(code))).toEqual([])
      expect((await tryLogin(user)).error.extensions.code).toBe('INVALID_CREDENTIALS')
    }
  })
})

describe('a revoked access token', () => {
  test('is refused alone: its session refreshes and goes on', async () => {
    const user = await world.signUp()
    const sibling = (await world.refresh(user.refreshToken)).data.refresh
    const tokenId = tokenIdOf(user.accessToken)
    expect((await revokeToken(tokenId)).data.revokeAccessToken).toEqual({ tokenId })
    expect(await refusalOf(user.accessToken)).toEqual({ code: 'UNAUTHENTICATED', reason: 'REVOKED' })
    await expectAccepted(sibling.accessToken)
    const next = (await world.refresh(sibling.refreshToken)).data.refresh
    expect(next.session.id).toBe(user.session.id)
    await expectAccepted(next.accessToken)
  })

  test('may be of a token that nobody has, and may be revoked again', async () => {
    const tokenId = randomUUID()
    for (let time = 0; time < 2; time++) {
      expect((await revokeToken(tokenId)).data.revokeAccessToken.tokenId).toBe(tokenId)
    }
  })

  test.each([
    '',
    'x',
    '\u0000',
    '00000000-0000-0000-0000-00000000000g',
    '018F2C3A-9D4E-7B1C-8A5F-0C1D2E3F4A5B',
  ])('is named by its id, and %j is told to be none', async tokenId => {
    const { error } = await revokeToken(tokenId)
    expect([error.extensions.code, error.message]).toEqual([
      'BAD_USER_INPUT',
      expect.stringMatching(/viewer\.tokenId/),
    ])
  })
})

test('everybody is signed out by one record, and can sign in again in the same second', async () => {
  const users = await Promise.all(Array.from({ length: 5 }, () => world.signUp()))
  const [someone = await world.signUp()] = users
  const ended1 = await world.logIn(someone)
  await signOut(someone.user.id)
  const before = await countRevocations()
  const { revokedAt } = (await world.run(RevokeEverythingDocument, {}, asAdmin())).data.revokeEverything
  expect(await countRevocations()).toBe(before + 1)

  for (const user of [...users.slice(1), admin]) {
    expect(await refusalOf(user.accessToken)).toEqual({ ...signedOut('ADMIN'), sessionEndedAt: revokedAt })
    expect(await endOf(user)).toEqual({ ...ended('ADMIN'), sessionEndedAt: revokedAt })
  }
  expect(await endOf(ended1)).toEqual(ended('ADMIN'))

  for (const user of users) {
    const again = await world.logIn(user)
    await expectAccepted(again.accessToken)
    await expectAccepted((await world.refresh(again.refreshToken)).data.refresh.accessToken)
    const { sessions } = (await world.run(SessionsDocument, {}, { token: again.accessToken })).data
    expect(sessions).toMatchObject([{ id: again.session.id, current: true }])
  }
  const fresh = await world.signUp()
  await expectAccepted(fresh.accessToken)
  admin = { ...admin, ...(await world.logIn(admin)) }
  // What had ended with everybody is not ended again, nor counted.
  expect((await signOut(someone.user.id)).data.revokeUserSessions.sessionsEnded).toBe(1)
  expect((await world.run(UserDocument, { id: admin.user.id }, asAdmin())).data.user?.sessions).toHaveLength(
    1,
  )
})

describe('an administration', () => {
  const operations = (
    id: string,
    token: string,
  ): readonly (readonly [name: string, answer: Promise<Answer<unknown>>])[] => [
    ['users', world.run(UsersDocument, {}, { token })],
    ['user', world.run(UserDocument, { id }, { token })],
    ['disableUser', world.run(DisableUserDocument, { input: { userId: id } }, { token })],
    ['enableUser', world.run(EnableUserDocument, { input: { userId: id } }, { token })],
    ['setUserRoles', world.run(SetUserRolesDocument, { input: { userId: id, roles: ['admin'] } }, { token })],
    ['revokeUserSessions', world.run(RevokeUserSessionsDocument, { input: { userId: id } }, { token })],
    ['deleteUser', world.run(DeleteUserDocument, { input: { userId: id } }, { token })],
    ['revokeAccessToken', world.run(RevokeAccessTokenDocument, { input: { tokenId: id } }, { token })],
    ['revokeEverything', world.run(RevokeEverythingDocument, {}, { token })],
  ]

  test('is for administrators alone, also of the own account', async () => {
    const user = await world.signUp()
    const before = await countRevocations()
    for (const id of [user.user.id, admin.user.id]) {
      for (const [name, asked] of operations(id, user.accessToken)) {
        const answer = await asked
        expect([name, answer.status, 'data' in answer.body, answer.error.extensions]).toEqual([
          name,
          403,
          false,
          { code: 'FORBIDDEN', reason: 'ROLE', role: 'admin' },
        ])
      }
    }
    expect(await countRevocations()).toBe(before)
    await expectAccepted(user.accessToken)
    await expectAccepted(admin.accessToken)
  })

  test.each(['unknown', 'a session’s', 'malformed', 'empty', 'NUL', 'in upper case', 'very long'])(
    'of an id that is %s finds nobody',
    async kind => {
      const user = await world.signUp()
      const ids: Record<string, string> = {
        unknown: randomUUID(),
        'a session’s': user.session.id,
        malformed: 'x',
        empty: '',
        NUL: '\u0000',
        'in upper case': user.user.id.toUpperCase(),
        'very long': 'a'.repeat(50_000),
      }
      const id = ids[kind] ?? ''
      const before = await countRevocations()
      for (const act of [disable, enable, signOut, remove, (one: string) => setRoles(one, ['a'])]) {
        expect((await act(id)).error.extensions).toEqual({ code: 'NOT_FOUND' })
      }
      expect(await countRevocations()).toBe(before)
      await expectAccepted(user.accessToken)
    },
  )
})
