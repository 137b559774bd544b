// Whoever is signed out is refused on every instance, is told why, and nobody else is touched.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { TokensFragment } from '../generated/graphql.js'
import {
  ChangePasswordDocument,
  DisableUserDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  MeDocument,
  RevokeEverythingDocument,
  RevokeSessionDocument,
  SessionsDocument,
  SetUserRolesDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import { ask as askRaw } from '../support/ask.js'
import { eventually } from '../support/eventually.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

// Instances behind one address issue in one name.
const shared = { JWT_ISSUER: 'https://auth.example.com' }

let world: World
let other: World
let proxy: DatabaseProxy
/** An instance whose database can be taken away. */
let remote: World
beforeAll(async () => {
  world = await createWorld({ env: { ...shared, SIGNET_REFRESH_GRACE_SECONDS: '0' } })
  other = await createWorld({ beside: world, env: shared })
  proxy = await createProxy(world.databaseUrl)
  remote = await createWorld({ beside: { ...world, databaseUrl: proxy.url }, env: shared })
})
afterAll(async () => {
  proxy.heal()
  await remote.close()
  await other.close()
  await world.close()
  await proxy.close()
})

type Holder = Pick<TokensFragment, 'accessToken'>
const held = ({ accessToken }: Holder) => ({ token: accessToken })
const ask = (at: World, holder: Holder) => at.run(ViewerDocument, {}, held(holder))

const expectAccepted = async (at: World, holder: Holder): Promise<void> => {
  expect((await ask(at, holder)).data.viewer).not.toBeNull()
}

const expectRefused = async (at: World, holder: Holder, extensions: object): Promise<void> => {
  const answer = await ask(at, holder)
  expect(answer.status).toBe(401)
  expect(answer.body).not.toHaveProperty('data')
  expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  expect(answer.error.extensions).toEqual({ code: 'UNAUTHENTICATED', ...extensions })
}

const ended = (sessionEndReason: string) => ({
  reason: 'REVOKED',
  sessionEndReason,
  sessionEndedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
})

/** Refused at once where it was done, and a moment later on every other instance. */
const expectRefusedEverywhere = async (holder: Holder, extensions: object): Promise<void> => {
  await expectRefused(world, holder, extensions)
  for (const at of [other, remote]) await eventually(() => expectRefused(at, holder, extensions))
}

describe('an access token is refused on every instance, and its holder told why, after', () => {
  test('logging out', async () => {
    const user = await world.signUp()
    await expectAccepted(other, user)
    await world.run(LogoutDocument, { input: { refreshToken: user.refreshToken ?? null } })
    await expectRefusedEverywhere(user, ended('LOGOUT'))
    const refresh = await world.refresh(user.refreshToken)
    expect(refresh.error.extensions).toMatchObject({ reason: 'ENDED', sessionEndReason: 'LOGOUT' })
    const { sessionEndedAt } = refresh.error.extensions
    expect((await ask(world, user)).error.extensions.sessionEndedAt).toBe(sessionEndedAt)
  })

  test('logging out everywhere, of all sessions and no other user', async () => {
    const [user, stranger] = [await world.signUp(), await world.signUp()]
    const second = await other.logIn(user)
    expect((await world.run(LogoutEverywhereDocument, {}, held(user))).data.logoutEverywhere).toEqual({
      sessionsEnded: 2,
    })
    await expectRefusedEverywhere(user, ended('LOGOUT'))
    await expectRefusedEverywhere(second, ended('LOGOUT'))
    await expectAccepted(world, stranger)
    const again = await world.logIn(user)
    for (const at of [world, other, remote]) await expectAccepted(at, again)
  })

  test('the end of one session by another, which goes on', async () => {
    const user = await world.signUp()
    const second = await world.logIn(user)
    await world.run(RevokeSessionDocument, { input: { sessionId: second.session.id } }, held(user))
    await expectRefusedEverywhere(second, ended('LOGOUT'))
    await expectAccepted(other, user)
  })

  test('a changed password, but for the session that changed it', async () => {
    const user = await world.signUp()
    const [second, third] = [await world.logIn(user), await other.logIn(user)]
    const input = { currentPassword: user.password, newPassword: newAccount().password }
    await world.run(ChangePasswordDocument, { input }, held(user))
    await expectRefusedEverywhere(second, ended('PASSWORD_CHANGED'))
    await expectRefusedEverywhere(third, ended('PASSWORD_CHANGED'))
    for (const at of [world, other, remote]) await expectAccepted(at, user)
    expect((await world.refresh(user.refreshToken)).body.errors).toBeUndefined()
  })

  test('a refresh token used twice', async () => {
    const user = await world.signUp()
    const next = (await world.refresh(user.refreshToken)).data.refresh
    expect((await world.refresh(user.refreshToken)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    await expectRefusedEverywhere(user, ended('REUSED'))
    await expectRefusedEverywhere(next, ended('REUSED'))
  })

  test('a ban', async () => {
    const [admin, user] = [await signUpAdmin(world), await world.signUp()]
    await world.run(DisableUserDocument, { input: { userId: user.user.id } }, held(admin))
    await expectRefusedEverywhere(user, ended('DISABLED'))
    expect((await other.refresh(user.refreshToken)).error.extensions).toEqual({ code: 'ACCOUNT_DISABLED' })
    await expectAccepted(other, admin)
  })

  test('everybody was signed out, the administrator too; who signs in again is let in at once', async () => {
    const [admin, user] = [await signUpAdmin(world), await world.signUp()]
    const { rows: before } = await world.pool.query('SELECT count(*)::int AS count FROM revocations')
    const answer = await world.run(RevokeEverythingDocument, {}, held(admin))
    const { revokedAt } = answer.data.revokeEverything
    const { rows: after } = await world.pool.query('SELECT count(*)::int AS count FROM revocations')
    expect(after[0].count).toBe(before[0].count + 1)
    await expectRefusedEverywhere(admin, ended('ADMIN'))
    await expectRefusedEverywhere(user, { ...ended('ADMIN'), sessionEndedAt: revokedAt })
    expect((await other.refresh(user.refreshToken)).error.extensions).toEqual({
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'ENDED',
      sessionEndReason: 'ADMIN',
      sessionEndedAt: revokedAt,
    })
    const back = await world.logIn(user)
    for (const at of [world, other, remote]) await expectAccepted(at, back)
    const { sessions } = (await world.run(SessionsDocument, {}, held(back))).data
    expect(sessions.map(({ id }) => id)).toEqual([back.session.id])
    expect((await world.refresh(back.refreshToken)).data.refresh.session.id).toBe(back.session.id)
    expect((await world.run(LogoutEverywhereDocument, {}, held(back))).data.logoutEverywhere).toEqual({
      sessionsEnded: 1,
    })
  })
})

describe('a changed role', () => {
  test('turns tokens stale everywhere, and a refresh brings it, in the same session and the same second', async () => {
    const [admin, user] = [await signUpAdmin(world), await world.signUp()]
    let latest: TokensFragment = user
    for (const roles of [['editor'], ['editor', 'billing'], [], ['editor']]) {
      const stale = latest
      await world.run(SetUserRolesDocument, { input: { userId: user.user.id, roles } }, held(admin))
      await expectRefusedEverywhere(stale, { reason: 'STALE' })
      latest = (await other.refresh(stale.refreshToken)).data.refresh
      expect([latest.user.roles, latest.session.id]).toEqual([roles, user.session.id])
      for (const at of [world, other, remote]) {
        expect((await ask(at, latest)).data.viewer?.roles).toEqual(roles)
      }
    }
  })

  test('does not keep its user from logging out with the stale token', async () => {
    const [admin, user] = [await signUpAdmin(world), await world.signUp()]
    await world.run(SetUserRolesDocument, { input: { userId: user.user.id, roles: ['editor'] } }, held(admin))
    expect((await world.run(LogoutDocument, {}, held(user))).data.logout).toEqual({ sessionsEnded: 1 })
    await expectRefusedEverywhere(user, ended('LOGOUT'))
  })

  test('raced by refreshes is never missed: a token that is accepted has the new role', async () => {
    const admin = await signUpAdmin(world)
    const users = await Promise.all(Array.from({ length: 6 }, () => world.signUp()))
    await Promise.all(
      users.map(async (user, index) => {
        const at = index % 2 ? world : other
        const roles = [`role-${index}`]
        const [, ...refreshed] = await Promise.all([
          world.run(SetUserRolesDocument, { input: { userId: user.user.id, roles } }, held(admin)),
          at.refresh(user.refreshToken),
        ])
        for (const { data } of refreshed) {
          await eventually(async () => {
            const { body } = await ask(other, data.refresh)
            if (body.data) expect(body.data.viewer?.roles).toEqual(roles)
            else expect(body.errors?.[0]?.extensions.reason).toBe('STALE')
          })
        }
      }),
    )
  })
})

test('an operation of several mutations stops where one of them, or somebody else, ended its caller', async () => {
  const [admin, rogue] = [await signUpAdmin(world), await signUpAdmin(world)]
  const send = (query: string, holder: Holder) =>
    askRaw(world.url, { query, headers: ['Authorization', `Bearer ${holder.accessToken}`] })
  const id = JSON.stringify(rogue.user.id)
  // They take a while each, and the ban comes meanwhile.
  const account = `email: ${JSON.stringify(rogue.email)}, password: ${JSON.stringify(rogue.password)}`
  const logins = Array.from(
    { length: 8 },
    (_, index) => `l${index}: login(input: { ${account} }) { __typename }`,
  )
  const undo = `y: enableUser(input: { userId: ${id} }) { user { id } }
    z: setUserRoles(input: { userId: ${id}, roles: ["admin"] }) { user { id } }`
  const late = send(`mutation { ${logins.join(' ')} ${undo} }`, rogue)
  await world.run(DisableUserDocument, { input: { userId: rogue.user.id } }, held(admin))
  const { body } = await late
  expect(body.data).toBeNull()
  // Refused is the first mutation that began after the ban: one of the logins, which find the account disabled, or `y`.
  expect(['ACCOUNT_DISABLED', 'INVALID_CREDENTIALS', 'UNAUTHENTICATED']).toContain(
    body.errors?.[0]?.extensions.code,
  )
  const { rows } = await world.pool.query(
    'SELECT disabled_at IS NOT NULL AS disabled FROM users WHERE id = $1',
    [rogue.user.id],
  )
  expect(rows).toEqual([{ disabled: true }])

  const other = await signUpAdmin(world)
  const own = JSON.stringify(other.user.id)
  const two = await send(
    `mutation { a: setUserRoles(input: { userId: ${own}, roles: [] }) { user { id } } b: revokeEverything { revokedAt } }`,
    other,
  )
  expect(two.body.errors?.map(({ path, extensions }) => [path, extensions.reason])).toEqual([
    [['b'], 'STALE'],
  ])
  await expectAccepted(world, admin)
})

test('a stranger with a forged token learns nothing of a session that ended', async () => {
  const user = await world.signUp()
  await world.run(LogoutDocument, {}, held(user))
  const [header, payload, signature = ''] = user.accessToken.split('.')
  const forged = `${header}.${payload}.${signature.slice(0, -6)}AAAAAA`
  await expectRefused(world, { accessToken: forged }, { reason: 'INVALID' })
})

test('verified requests make no query, and none is made beside them', async () => {
  const front = await createProxy(world.databaseUrl)
  const quiet = await createWorld({
    beside: { ...world, databaseUrl: front.url },
    env: { ...shared, JWT_ALGORITHM: 'HS256' },
  })
  const user = await quiet.signUp()
  // Again where one of the rare looks into the tables falls into it: they are made by time, not by requests.
  await eventually(async () => {
    front.takeSent()
    for (let round = 0; round < 25; round++) {
      await Promise.all(Array.from({ length: 40 }, () => expectAccepted(quiet, user)))
    }
    // Sync and Terminate, of five bytes each: signs of life, and connections of the pool that idled out.
    expect(front.takeSent().toString('hex')).toMatch(/^(?:(?:53|58)00000004)*$/)
  })
  await quiet.close()
  await front.close()
})

describe('an instance that cannot hear', () => {
  const readiness = async () => (await remote.send('/health/ready')).status

  test.each(['cut', 'stall'] as const)(
    'says so, vouches for tokens only as long as its budget allows, and signs nobody out (%s)',
    async how => {
      const [user, leaver] = [await world.signUp(), await world.signUp()]
      await expectAccepted(remote, user)
      proxy[how]()
      await world.run(LogoutDocument, {}, held(leaver))
      await eventually(async () => expect(await readiness()).toBe(503))
      await expectAccepted(remote, user)
      remote.pass(61)
      for (const document of [ViewerDocument, MeDocument, SessionsDocument] as const) {
        const answer = await remote.run<unknown, Record<string, never>>(document, {}, held(user))
        expect(answer.status).toBe(503)
        expect(answer.body).not.toHaveProperty('data')
        expect(answer.error.extensions).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 2 })
      }
      expect((await remote.run(ViewerDocument, {})).data).toEqual({ viewer: null })
      proxy.heal()
      await eventually(() => expectAccepted(remote, user))
      await expectRefused(remote, leaver, ended('LOGOUT'))
      await eventually(async () => expect(await readiness()).toBe(200))
      expect((await remote.refresh(user.refreshToken)).data.refresh.session.id).toBe(user.session.id)
    },
  )

  test('of notices still hears of every revocation within a moment, from the table', async () => {
    proxy.swallowNotices()
    const user = await world.signUp()
    await eventually(() => expectAccepted(remote, user))
    await world.run(LogoutDocument, {}, held(user))
    await eventually(() => expectRefused(remote, user, ended('LOGOUT')))
    await eventually(async () => expect(await readiness()).toBe(200))
  })

  test('Redis hears all the same', async () => {
    const deaf = await createWorld({ beside: world, env: { ...shared, REDIS_URL: 'redis://127.0.0.1:1' } })
    const user = await deaf.signUp()
    await deaf.run(LogoutDocument, {}, held(user))
    await expectRefused(deaf, user, ended('LOGOUT'))
    await expectRefusedEverywhere(user, ended('LOGOUT'))
    await deaf.close()
  })
})

test('records are kept as long as a token that they concern can live, and then forgotten', async () => {
  const own = await createWorld()
  const [first, second] = await Promise.all([own.signUp(), own.signUp()])
  await own.run(LogoutDocument, {}, held(first))
  await own.run(LogoutDocument, {}, held(second))
  const left = async () => (await own.pool.query('SELECT expires_at > now() AS live FROM revocations')).rows
  expect(await left()).toEqual([{ live: true }, { live: true }])
  own.advance(900 + 119)
  const beside = await createWorld({ beside: own })
  beside.advance(900 + 119)
  expect(await left()).toHaveLength(2)
  await beside.close()
  await own.pool.query("UPDATE revocations SET expires_at = now() - interval '1 second'")
  const later = await createWorld({ beside: own })
  // The newest stays, so that whoever has read it is known for it.
  await eventually(async () => expect(await left()).toEqual([{ live: false }]))
  await later.close()
  await own.close()
})
