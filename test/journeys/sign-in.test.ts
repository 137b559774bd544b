import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  MeDocument,
  RevokeSessionDocument,
  SessionsDocument,
  SignupDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { eventually } from '../support/eventually.js'
import { changeBefore } from '../support/held-user.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'RS256' } })
})
afterAll(() => world.close())

describe('a stranger', () => {
  test('signs up, asks who they are, refreshes and signs out', async () => {
    const { accessToken, refreshToken, user, email } = await world.signUp({ name: ' Ada Lovelace ' })
    expect(user).toMatchObject({ email, name: 'Ada Lovelace', roles: [] })

    const me = await world.run(MeDocument, {}, { token: accessToken })
    expect(me.data.me).toEqual(user)

    const refreshed = await world.refresh(refreshToken)
    expect(refreshed.data.refresh.refreshToken).not.toBe(refreshToken)
    expect(refreshed.data.refresh.user).toEqual(user)

    const logout = await world.run(LogoutDocument, {
      input: { refreshToken: refreshed.data.refresh.refreshToken },
    })
    expect(logout.data.logout.sessionsEnded).toBe(1)
    expect((await world.refresh(refreshed.data.refresh.refreshToken)).error.extensions).toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'ENDED',
      sessionEndReason: 'LOGOUT',
    })
  })

  test('is nobody: me and viewer are null, and no error', async () => {
    expect((await world.run(MeDocument, {})).body).toEqual({ data: { me: null } })
    expect((await world.run(ViewerDocument, {})).body).toEqual({ data: { viewer: null } })
  })
})

describe('an address', () => {
  test.each([
    ['case', (email: string) => email.toUpperCase()],
    ['spaces around it', (email: string) => `  ${email}\t`],
    ['full-width letters', (email: string) => email.replace('a', 'ａ')],
  ])('is one account whatever its %s', async (_, spell) => {
    const { email, password } = await world.signUp()
    const again = await world.run(SignupDocument, {
      input: { email: spell(email), password: newAccount().password },
    })
    expect(again.error.extensions.code).toBe('EMAIL_TAKEN')
    expect((await world.logIn({ email: spell(email), password })).user.email).toBe(email)
  })

  test('that is none is refused with its code', async () => {
    for (const email of [
      '',
      'ada',
      'ada@',
      '@example.com',
      'ada@example',
      'a b@example.com',
      'ada@exa mple.com',
      `${'a'.repeat(300)}@example.com`,
      'a\u0000da@example.com',
      '\ud800@example.com',
    ]) {
      const answer = await world.run(SignupDocument, { input: { email, password: newAccount().password } })
      expect([email, answer.error.extensions.code]).toEqual([email, 'EMAIL_INVALID'])
    }
  })

  test('signed up twenty times at once becomes one account', async () => {
    const account = newAccount()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.run(SignupDocument, { input: account })),
    )
    expect(answers.filter(answer => !answer.body.errors)).toHaveLength(1)
    expect(answers.filter(answer => answer.body.errors?.[0]?.extensions.code === 'EMAIL_TAKEN')).toHaveLength(
      19,
    )
  })
})

describe('a password', () => {
  test.each([
    ['short', '1234567', 'TOO_SHORT'],
    ['of 257 characters', 'x'.repeat(257), 'TOO_LONG'],
    ['that everybody uses', 'Password123', 'COMMON'],
    ['of one character again and again', 'aaaaaaaaaa', 'COMMON'],
    ['of a short piece again and again', '123123123123', 'COMMON'],
    ['of eight spaces', '        ', 'COMMON'],
    ['that counts down', '87654321', 'COMMON'],
    ['with half a character', 'half a \ud83d pair', 'NOT_UNICODE'],
  ])('%s is refused as weak, with the rule', async (_, password, reason) => {
    const answer = await world.run(SignupDocument, { input: { ...newAccount(), password } })
    expect(answer.error.extensions).toMatchObject({ code: 'WEAK_PASSWORD', reason })
  })

  test('that is the account’s own address is refused', async () => {
    const { email } = newAccount()
    for (const password of [email, email.toUpperCase(), email.split('@')[0] ?? '']) {
      const answer = await world.run(SignupDocument, { input: { email, password } })
      expect(answer.error.extensions).toMatchObject({ code: 'WEAK_PASSWORD', reason: 'EMAIL' })
    }
  })

  test('may have any characters and 256 of them, and is the same on every keyboard', async () => {
    const composed = 'é'.repeat(128) + '🔑'.repeat(128)
    const { email } = await world.signUp({ password: composed.normalize('NFC') })
    expect((await world.logIn({ email, password: composed.normalize('NFD') })).user.email).toBe(email)
  })

  test('that is wrong and an address that is unknown get the same answer', async () => {
    const { email } = await world.signUp()
    const wrong = await world.run(LoginDocument, { input: { email, password: 'not the password' } })
    const unknown = await world.run(LoginDocument, { input: newAccount() })
    expect(wrong.error.extensions.code).toBe('INVALID_CREDENTIALS')
    expect(unknown.body).toEqual(wrong.body)
    expect(unknown.status).toBe(wrong.status)
  })

  test('is kept as argon2id, and a hash with older parameters is made anew at login', async () => {
    const { user, email, password } = await world.signUp()
    const readHash = async () =>
      (await world.pool.query('SELECT hash FROM passwords WHERE user_id = $1', [user.id])).rows[0]
        .hash as string
    expect(await readHash()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const { hash } = await import('@node-rs/argon2')
    const old = await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
    await world.pool.query('UPDATE passwords SET hash = $2 WHERE user_id = $1', [user.id, old])
    const logins = await Promise.all(Array.from({ length: 6 }, () => world.logIn({ email, password })))
    expect(logins).toHaveLength(6)
    expect(await readHash()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await world.logIn({ email, password })
  })

  test('changed signs out every other session and none but those', async () => {
    const first = await world.signUp()
    const second = await world.logIn(first)
    const newPassword = newAccount().password
    const changed = await world.run(
      ChangePasswordDocument,
      { input: { currentPassword: first.password, newPassword } },
      { token: first.accessToken },
    )
    expect(changed.data.changePassword).toMatchObject({ sessionsEnded: 1, user: { id: first.user.id } })
    expect((await world.refresh(second.refreshToken)).error.extensions).toMatchObject({
      reason: 'ENDED',
      sessionEndReason: 'PASSWORD_CHANGED',
    })
    expect((await world.refresh(first.refreshToken)).data.refresh.session.id).toBe(first.session.id)
    const oldOne = await world.run(LoginDocument, { input: { email: first.email, password: first.password } })
    expect(oldOne.error.extensions.code).toBe('INVALID_CREDENTIALS')
    await world.logIn({ email: first.email, password: newPassword })
  })

  test('is not changed by who does not know it, nor to a weak one', async () => {
    const { accessToken, password } = await world.signUp()
    const change = (currentPassword: string, newPassword: string) =>
      world.run(ChangePasswordDocument, { input: { currentPassword, newPassword } }, { token: accessToken })
    expect((await change('not the password', newAccount().password)).error.extensions.code).toBe(
      'INVALID_CREDENTIALS',
    )
    expect((await change(password, 'short')).error.extensions).toMatchObject({
      code: 'WEAK_PASSWORD',
      reason: 'TOO_SHORT',
      minLength: 8,
    })
  })

  test('changed while somebody logs in with the old one leaves no session of the old one', async () => {
    const { accessToken, email, password, session } = await world.signUp()
    await Promise.all([
      world.run(
        ChangePasswordDocument,
        { input: { currentPassword: password, newPassword: newAccount().password } },
        { token: accessToken },
      ),
      ...Array.from({ length: 8 }, () => world.run(LoginDocument, { input: { email, password } })),
    ])
    const { rows } = await world.pool.query(
      'SELECT id FROM sessions WHERE ended_at IS NULL AND user_id = (SELECT user_id FROM sessions WHERE id = $1)',
      [session.id],
    )
    expect(rows).toEqual([{ id: session.id }])
  })

  test.each([
    [
      'a user',
      "SELECT record_revocations('USER', ARRAY[$1::uuid], 'LOGOUT', now(), now() + interval '1 hour')",
    ],
    [
      'everybody',
      "SELECT record_revocations('EVERYBODY', ARRAY[NULL::uuid], 'ADMIN', now(), now() + interval '1 hour') FROM users WHERE id = $1",
    ],
  ])('signs in for good where %s is signed out while the login waits', async (_, signOut) => {
    const user = await world.signUp()
    const hold = 'SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE'
    const login = await changeBefore(world, user.user.id, [hold, signOut], () => world.logIn(user))
    const isTold = async () => (await world.run(ViewerDocument, {}, { token: user.accessToken })).status
    await eventually(async () => expect(await isTold()).toBe(401))
    const { data } = await world.run(ViewerDocument, {}, { token: login.accessToken })
    expect(data.viewer?.sessionId).toBe(login.session.id)
    expect((await world.refresh(login.refreshToken)).data.refresh.session.id).toBe(login.session.id)
  })

  test.each([
    ['ACCOUNT_DISABLED', 'disabled', 'UPDATE users SET disabled_at = now() WHERE id = $1'],
    ['INVALID_CREDENTIALS', 'deleted', 'DELETE FROM users WHERE id = $1'],
    [
      'INVALID_CREDENTIALS',
      'given another password',
      'UPDATE passwords SET changed_at = now() WHERE user_id = $1',
    ],
  ])('is refused with %s where the account is %s while the login waits', async (code, _, statement) => {
    const { email, password, user, session } = await world.signUp()
    const login = await changeBefore(world, user.id, [statement], () =>
      world.run(LoginDocument, { input: { email, password } }),
    )
    expect(login.error.extensions.code).toBe(code)
    // That of the sign-up, at most.
    const { rows } = await world.pool.query('SELECT id FROM sessions WHERE user_id = $1', [user.id])
    expect(rows.filter(({ id }) => id !== session.id)).toEqual([])
  })
})

describe('sessions', () => {
  test('are listed, the newest first, with the device, and which one asks', async () => {
    const first = await world.signUp()
    await world.run(
      LoginDocument,
      { input: { email: first.email, password: first.password } },
      { headers: { 'user-agent': 'Toaster/1.0' } },
    )
    const { sessions } = (await world.run(SessionsDocument, {}, { token: first.accessToken })).data
    expect(sessions.map(session => [session.current, session.userAgent, session.ipAddress])).toEqual([
      [false, 'Toaster/1.0', '127.0.0.1'],
      [true, 'node', '127.0.0.1'],
    ])
    expect(sessions[1]).toEqual(first.session)
  })

  test('that ended leave an access token which can do nothing that needs a viewer', async () => {
    const kept = await world.signUp()
    const ended = await world.logIn(kept)
    await world.run(LogoutDocument, { input: { refreshToken: ended.refreshToken ?? null } })
    const token = { token: ended.accessToken }
    const input = { currentPassword: kept.password, newPassword: newAccount().password }
    for (const answer of [
      await world.run(SessionsDocument, {}, token),
      await world.run(LogoutEverywhereDocument, {}, token),
      await world.run(RevokeSessionDocument, { input: { sessionId: kept.session.id } }, token),
      await world.run(ChangePasswordDocument, { input }, token),
    ]) {
      expect([answer.status, answer.body.data, answer.error.extensions]).toEqual([
        401,
        undefined,
        {
          code: 'UNAUTHENTICATED',
          reason: 'REVOKED',
          sessionEndReason: 'LOGOUT',
          sessionEndedAt: expect.any(String),
        },
      ])
    }
    expect((await world.refresh(kept.refreshToken)).body.errors).toBeUndefined()
  })

  test('end one by one by their id, and only by their own user', async () => {
    const mine = await world.signUp()
    const other = await world.logIn(mine)
    const stranger = await world.signUp()
    const revoke = (sessionId: string, token: string) =>
      world.run(RevokeSessionDocument, { input: { sessionId } }, { token })
    for (const id of [other.session.id, 'nonsense', '', '00000000-0000-7000-8000-000000000000', 'x\u0000']) {
      expect((await revoke(id, stranger.accessToken)).error.extensions.code).toBe('NOT_FOUND')
    }
    expect((await revoke(other.session.id, mine.accessToken)).data.revokeSession.sessionsEnded).toBe(1)
    expect((await revoke(other.session.id, mine.accessToken)).data.revokeSession.sessionsEnded).toBe(0)
    expect((await world.refresh(other.refreshToken)).error.extensions.reason).toBe('ENDED')
    expect((await world.refresh(mine.refreshToken)).body.errors).toBeUndefined()
  })

  test('of a user end all at once', async () => {
    const first = await world.signUp()
    const second = await world.logIn(first)
    const everywhere = await world.run(LogoutEverywhereDocument, {}, { token: first.accessToken })
    expect(everywhere.data.logoutEverywhere.sessionsEnded).toBe(2)
    for (const { refreshToken } of [first, second]) {
      expect((await world.refresh(refreshToken)).error.extensions.reason).toBe('ENDED')
    }
    expect((await world.logIn(first)).user.id).toBe(first.user.id)
  })

  test('end by an old refresh token of theirs too, and never by a forged one', async () => {
    const { refreshToken } = await world.signUp()
    const newer = (await world.refresh(refreshToken)).data.refresh.refreshToken ?? ''
    const logOut = async (token: string) =>
      (await world.run(LogoutDocument, { input: { refreshToken: token } })).data.logout.sessionsEnded
    expect(await logOut('nonsense')).toBe(0)
    expect(await logOut(`${newer.slice(0, -8)}AAAAAAAA`)).toBe(0)
    expect((await world.refresh(newer)).body.errors).toBeUndefined()
    expect(await logOut(refreshToken ?? '')).toBe(1)
    expect(await logOut(refreshToken ?? '')).toBe(0)
  })

  test('end by the access token when no refresh token comes', async () => {
    const { accessToken, refreshToken } = await world.signUp()
    const logOut = async (token?: string) =>
      (await world.run(LogoutDocument, {}, token ? { token } : {})).data.logout.sessionsEnded
    expect(await logOut()).toBe(0)
    expect(await logOut(accessToken)).toBe(1)
    expect((await world.refresh(refreshToken)).error.extensions.reason).toBe('ENDED')
  })
})

describe('a disabled account', () => {
  test('neither signs in nor refreshes, and tells so only to who proves to be its owner', async () => {
    const { user, email, password, refreshToken } = await world.signUp()
    await world.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
    const login = (word: string) => world.run(LoginDocument, { input: { email, password: word } })
    expect((await login(password)).error.extensions.code).toBe('ACCOUNT_DISABLED')
    expect((await login('not the password')).error.extensions.code).toBe('INVALID_CREDENTIALS')
    expect((await world.refresh(refreshToken)).error.extensions.code).toBe('ACCOUNT_DISABLED')
    await world.pool.query('UPDATE users SET disabled_at = NULL WHERE id = $1', [user.id])
    expect((await world.refresh(refreshToken)).body.errors).toBeUndefined()
  })
})

describe('a name', () => {
  test.each([
    ['with a line break', 'Ada\nLovelace'],
    ['of 201 characters', 'x'.repeat(201)],
    ['with a NUL', 'a\u0000'],
  ])('%s is refused, and nothing is made', async (_, name) => {
    const account = newAccount()
    expect((await world.run(SignupDocument, { input: { ...account, name } })).error.extensions.code).toBe(
      'BAD_USER_INPUT',
    )
    await world.signUp(account)
  })
})
