// Whoever follows a session is told what happens to it, on whichever instance it happens, and never signed out for less.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { TokensFragment } from '../generated/graphql.js'
import {
  ChangePasswordDocument,
  DisableUserDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  RevokeAccessTokenDocument,
  RevokeEverythingDocument,
  RevokeSessionDocument,
  SetUserRolesDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import { eventually } from '../support/eventually.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { Follower } from '../support/socket.js'
import { follow, openSocket, readSockets } from '../support/socket.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

const env = { JWT_ISSUER: 'https://auth.example.com', SIGNET_METRICS_LISTEN: '0' }

let world: World
let other: World
let proxy: DatabaseProxy
/** An instance whose database can be taken away. */
let remote: World
beforeAll(async () => {
  world = await createWorld({ env: { ...env, SIGNET_REFRESH_GRACE_SECONDS: '0' } })
  other = await createWorld({ beside: world, env })
  proxy = await createProxy(world.databaseUrl)
  remote = await createWorld({ beside: { ...world, databaseUrl: proxy.url }, env })
})
afterAll(async () => {
  proxy.heal()
  await remote.close()
  await other.close()
  await world.close()
  await proxy.close()
})

const held = ({ accessToken }: Pick<TokensFragment, 'accessToken'>) => ({ token: accessToken })
const bearer = ({ accessToken }: Pick<TokensFragment, 'accessToken'>) => ({
  authorization: `Bearer ${accessToken}`,
})
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)

const expectSignedOut = async ({ events, ended, closed }: Follower, reason: string): Promise<void> => {
  expect(await ended).toBe('complete')
  expect(events).toEqual([{ __typename: 'SignedOut', at: isoTime, reason }])
  expect(await closed).toMatchObject({ code: 4401, reason: 'REVOKED' })
}

/** Follows on both instances, does something, and expects word of the end of the session on both. */
const expectToldEverywhere = async (
  user: TokensFragment,
  reason: string,
  action: () => Promise<unknown>,
): Promise<void> => {
  const followers = [await follow(world, user), await follow(other, user)]
  await action()
  for (const follower of followers) await expectSignedOut(follower, reason)
}

describe('a session that ends is told so on every instance, and its sockets are closed with 4401, after', () => {
  test('logging out', async () => {
    const user = await world.signUp()
    await expectToldEverywhere(user, 'LOGOUT', () =>
      world.run(LogoutDocument, { input: { refreshToken: user.refreshToken ?? null } }),
    )
  })

  test('logging out everywhere', async () => {
    const user = await world.signUp()
    const second = await other.logIn(user)
    await expectToldEverywhere(second, 'LOGOUT', () => world.run(LogoutEverywhereDocument, {}, held(user)))
  })

  test('its end by another session, which goes on and hears nothing', async () => {
    const user = await world.signUp()
    const second = await world.logIn(user)
    const first = await follow(other, user)
    await expectToldEverywhere(second, 'LOGOUT', () =>
      world.run(RevokeSessionDocument, { input: { sessionId: second.session.id } }, held(user)),
    )
    expect(first.events.filter(event => event.__typename !== 'SignedIn')).toEqual([])
    await first.leave()
  })

  test('a password that was changed elsewhere', async () => {
    const user = await world.signUp()
    const second = await other.logIn(user)
    const input = { currentPassword: user.password, newPassword: newAccount().password }
    await expectToldEverywhere(second, 'PASSWORD_CHANGED', () =>
      world.run(ChangePasswordDocument, { input }, held(user)),
    )
  })

  test('a refresh token used twice', async () => {
    const user = await world.signUp()
    await world.refresh(user.refreshToken)
    await expectToldEverywhere(user, 'REUSED', () => world.refresh(user.refreshToken))
  })

  test('a ban, on two sockets of one session, one of them with two subscriptions', async () => {
    const [admin, user] = [await signUpAdmin(world), await world.signUp()]
    const socket = await openSocket(other)
    await socket.init(bearer(user))
    await socket.subscribe('a')
    await socket.subscribe('b')
    await expectToldEverywhere(user, 'DISABLED', () =>
      world.run(DisableUserDocument, { input: { userId: user.user.id } }, held(admin)),
    )
    expect(await socket.closed).toEqual({ code: 4401, reason: 'REVOKED' })
    for (const id of ['a', 'b']) {
      expect(socket.messages.filter(message => message.id === id)).toMatchObject([
        {
          type: 'next',
          payload: { data: { sessionEvents: { __typename: 'SignedOut', reason: 'DISABLED' } } },
        },
        { type: 'complete' },
      ])
    }
  })

  test('everybody was signed out', async () => {
    const [admin, user] = [await signUpAdmin(world), await world.signUp()]
    const administrator = await follow(other, admin)
    await expectToldEverywhere(user, 'ADMIN', () => world.run(RevokeEverythingDocument, {}, held(admin)))
    await expectSignedOut(administrator, 'ADMIN')
  })

  test('a socket that was opened and subscribed to nothing', async () => {
    const user = await world.signUp()
    const socket = await openSocket(other)
    await socket.init(bearer(user))
    await world.run(LogoutDocument, {}, held(user))
    expect(await socket.closed).toEqual({ code: 4401, reason: 'REVOKED' })
  })
})

test('a changed role is told each time, on a socket that stays open, and to nobody else', async () => {
  const [admin, user] = [await signUpAdmin(world), await world.signUp()]
  const [follower, stranger] = [await follow(other, user), await follow(other, admin)]
  const socket = await openSocket(other)
  await socket.init(bearer(user))
  for (const [index, roles] of [['editor'], ['editor', 'billing']].entries()) {
    await world.run(SetUserRolesDocument, { input: { userId: user.user.id, roles } }, held(admin))
    await eventually(() => expect(follower.events).toHaveLength(index + 1))
  }
  const told = { __typename: 'RightsChanged', at: isoTime }
  expect(follower.events).toEqual([told, told])
  await socket.subscribe('late')
  expect(await socket.answerTo('late')).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'STALE' } }],
  })
  const fresh = (await world.refresh(user.refreshToken)).data.refresh
  const again = await follow(other, fresh)
  await world.run(LogoutDocument, {}, held(fresh))
  await expectSignedOut(again, 'LOGOUT')
  expect(await follower.ended).toBe('complete')
  expect(follower.events.slice(2)).toEqual([{ __typename: 'SignedOut', at: isoTime, reason: 'LOGOUT' }])
  expect(stranger.events).toEqual([])
  await stranger.leave()
})

test('a sign-in on another device is told to the sessions that there were, with what that device is', async () => {
  const [user, bystander] = [await world.signUp(), await world.signUp()]
  const followers = [await follow(world, user), await follow(other, user)]
  const stranger = await follow(other, bystander)
  const second = await other.logIn(user)
  const own = await follow(other, second)
  const { id, createdAt, userAgent } = second.session
  expect(userAgent).not.toBeNull()
  const told = {
    __typename: 'SignedIn',
    at: createdAt,
    session: { id, createdAt, userAgent, current: false },
  }
  for (const { events } of followers) await eventually(() => expect(events).toEqual([told]))
  const third = await world.logIn(user)
  await eventually(() => expect(own.events).toMatchObject([{ session: { id: third.session.id } }]))
  expect(stranger.events).toEqual([])
  for (const follower of [...followers, own, stranger]) await follower.leave()
})

test('logins cost an instance that follows somebody else no query', async () => {
  const front = await createProxy(world.databaseUrl)
  const quiet = await createWorld({ beside: { ...world, databaseUrl: front.url }, env })
  const [user, bystander] = [await world.signUp(), await world.signUp()]
  const [follower, stranger] = [await follow(other, user), await follow(quiet, bystander)]
  const sync = Buffer.from([0x53, 0, 0, 0, 4])
  await eventually(async () => {
    front.takeSent()
    await new Promise(resolve => setTimeout(resolve, 1_200))
    expect(front.takeSent().equals(sync)).toBe(true)
  })
  const sessions = await Promise.all(Array.from({ length: 8 }, () => world.logIn(user)))
  await eventually(() => expect(follower.events).toHaveLength(8))
  expect(new Set(follower.events.map(event => 'session' in event && event.session.id))).toEqual(
    new Set(sessions.map(({ session }) => session.id)),
  )
  // Signs of life, and goodbyes of connections that were idle for long.
  expect(
    front.takeSent().toString('latin1').replaceAll('X\0\0\0\x04', '').replaceAll('S\0\0\0\x04', ''),
  ).toBe('')
  await stranger.leave()
  await follower.leave()
  await quiet.close()
  await front.close()
})

test('one access token that is revoked closes its sockets without word of a sign-out: its session goes on', async () => {
  const [admin, user] = [await signUpAdmin(world), await world.signUp()]
  const fresh = (await world.refresh(user.refreshToken)).data.refresh
  const [old, next] = [await follow(other, user), await follow(other, fresh)]
  const { viewer } = (await world.run(ViewerDocument, {}, held(user))).data
  const input = { tokenId: viewer?.tokenId ?? '' }
  await world.run(RevokeAccessTokenDocument, { input }, held(admin))
  expect(await old.closed).toMatchObject({ code: 4401, reason: 'REVOKED' })
  expect(await old.ended).toMatchObject({ code: 4401 })
  expect([...old.events, ...next.events]).toEqual([])
  await next.leave()
})

test('a socket is closed with 4401 when its token expires, and opens no more', async () => {
  const late = await createWorld({ beside: world, env })
  const user = await world.signUp()
  const follower = await follow(late, user)
  late.advance(901)
  expect(await follower.closed).toMatchObject({ code: 4401, reason: 'EXPIRED' })
  expect(follower.events).toEqual([])
  const socket = await openSocket(late)
  await socket.init(bearer(user))
  expect(await socket.closed).toEqual({ code: 4401, reason: 'EXPIRED' })
  await late.close()
})

describe('a socket is closed at once with 4401 and the reason', () => {
  const open = async (parameters?: object) => {
    const socket = await openSocket(other)
    await socket.init(parameters)
    return socket.closed
  }

  test.each([
    ['without a token', undefined, 'MISSING'],
    ['with an empty one', { authorization: '' }, 'MISSING'],
    ['with null', { authorization: null }, 'MISSING'],
    ['with one that is none', { authorization: 'Bearer x' }, 'INVALID'],
    ['with an object', { authorization: { token: 'x' } }, 'INVALID'],
    ['with two', { authorization: 'Bearer x', Authorization: 'Bearer x' }, 'INVALID'],
  ])('%s', async (_, parameters, reason) => {
    expect(await open(parameters)).toEqual({ code: 4401, reason })
  })

  test('with the token of a session that ended, or a stale one', async () => {
    const [admin, user, leaver] = [await signUpAdmin(world), await world.signUp(), await world.signUp()]
    await world.run(LogoutDocument, {}, held(leaver))
    await world.run(SetUserRolesDocument, { input: { userId: user.user.id, roles: ['x'] } }, held(admin))
    await eventually(async () =>
      expect(await open(bearer(leaver))).toEqual({ code: 4401, reason: 'REVOKED' }),
    )
    await eventually(async () => expect(await open(bearer(user))).toEqual({ code: 4401, reason: 'STALE' }))
  })
})

test('an instance that cannot hear closes with 1013, signs nobody out and opens none until it hears again', async () => {
  const user = await world.signUp()
  const follower = await follow(remote, user)
  proxy.cut()
  remote.pass(61)
  expect(await follower.closed).toMatchObject({ code: 1013, reason: 'UNAVAILABLE' })
  expect(follower.events).toEqual([])
  const socket = await openSocket(remote)
  await socket.init(bearer(user))
  expect(await socket.closed).toEqual({ code: 1013, reason: 'UNAVAILABLE' })
  proxy.heal()
  const again = await eventually(() => follow(remote, user))
  await world.run(LogoutDocument, {}, held(user))
  await expectSignedOut(again, 'LOGOUT')
})

test('nothing is left of sockets that were closed', async () => {
  const none = { waiting: 0, signedIn: 0, subscriptions: 0 }
  const user = await world.signUp()
  const [follower, idle] = [await follow(other, user), await openSocket(other)]
  await eventually(async () =>
    expect(await readSockets(other)).toEqual({ waiting: 1, signedIn: 1, subscriptions: 1 }),
  )
  await follower.leave()
  idle.socket.terminate()
  for (const at of [world, other, remote])
    await eventually(async () => expect(await readSockets(at)).toEqual(none))
})
