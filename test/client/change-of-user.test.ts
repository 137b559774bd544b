import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import {
  ChangePasswordDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  MeDocument,
  SessionsDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import type { Browser } from '../support/browser.js'
import { createBrowser, untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
const browsers: Browser[] = []
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: 'https://app.example.com' } })
})
afterEach(() => {
  for (const browser of browsers.splice(0)) browser.close()
})
afterAll(() => world.close())

/** A tab of a signed-in user, and somebody else with an account. */
const setUp = async () => {
  const browser = createBrowser(world.url)
  browsers.push(browser)
  const [ada, bob] = await Promise.all([world.signUp(), world.signUp()])
  const tab = browser.openTab()
  await tab.signet.login({ email: ada.email, password: ada.password })
  return { browser, tab, ada, bob }
}

/** Holds the answers to an operation that are asked for from now on, until they are let go. */
const holdAnswers = (browser: Browser, operation: string, answer: object) => {
  let letGo = (): void => {}
  const gone = new Promise<void>(resolve => {
    letGo = resolve
  })
  browser.fault = asked => (asked === operation ? gone.then(() => Response.json({ data: answer })) : null)
  return async (): Promise<void> => {
    browser.fault = () => null
    letGo()
    // Once round the loop: whoever waited has it now.
    await new Promise(resolve => setTimeout(resolve, 0))
  }
}

const userNamed = (id: string, name: string) => ({
  __typename: 'User',
  id,
  email: 'x@example.com',
  name,
  roles: [],
  createdAt: '2026-01-01T00:00:00Z',
})

test('the next user finds an empty cache', async () => {
  const { tab, bob } = await setUp()
  await tab.client.query({ query: MeDocument })
  expect(tab.cache.extract()).not.toEqual({})
  await tab.signet.login({ email: bob.email, password: bob.password })
  expect(tab.cache.extract()).toEqual({})
  expect((await tab.client.query({ query: MeDocument })).data?.me?.id).toBe(bob.user.id)
})

test('the caches are empty before anybody is told of the next user', async () => {
  const { tab, bob } = await setUp()
  await tab.client.query({ query: MeDocument })
  const seen: unknown[] = []
  tab.signet.subscribe(() => seen.push([tab.signet.session().user?.id, tab.cache.extract()]))
  await tab.signet.login({ email: bob.email, password: bob.password })
  expect(seen).toEqual([[bob.user.id, {}]])
})

test('a late answer to a query of the user before is dropped', async () => {
  const { browser, tab, ada, bob } = await setUp()
  const letGo = holdAnswers(browser, 'Me', { me: userNamed(ada.user.id, 'Ada') })
  const late = expect(tab.client.query({ query: MeDocument })).rejects.toThrow()
  await eventually(() => expect(browser.countOf('Me')).toBe(1))
  await tab.signet.login({ email: bob.email, password: bob.password })
  await late
  await letGo()
  expect(JSON.stringify(tab.cache.extract())).not.toContain(ada.user.id)
  expect((await tab.client.query({ query: MeDocument })).data?.me?.id).toBe(bob.user.id)
})

test('a late answer to a mutation of the user before is dropped, and the app told that it is', async () => {
  const { browser, tab, ada, bob } = await setUp()
  const letGo = holdAnswers(browser, 'ChangePassword', {
    changePassword: {
      __typename: 'ChangePasswordPayload',
      sessionsEnded: 0,
      user: userNamed(ada.user.id, 'Ada'),
    },
  })
  const late = tab.client.mutate({
    mutation: ChangePasswordDocument,
    variables: { input: { currentPassword: 'a', newPassword: 'b' } },
  })
  const dropped = expect(late).rejects.toMatchObject({ signet: { code: 'SESSION_CHANGED' } })
  await eventually(() => expect(browser.countOf('ChangePassword')).toBe(1))
  await tab.signet.login({ email: bob.email, password: bob.password })
  await letGo()
  await dropped
  expect(tab.cache.extract()).toEqual({})
})

test('what waits for a token of the user before is never sent as the next', async () => {
  const { browser, tab, bob } = await setUp()
  browser.fault = operation => (operation === 'SignetRefresh' ? new Response('', { status: 502 }) : null)
  tab.passTime(15 * 60)
  const waiting = expect(tab.client.mutate({ mutation: LogoutEverywhereDocument })).rejects.toMatchObject({
    signet: { code: 'SESSION_CHANGED' },
  })
  await eventually(() => expect(tab.signet.session().retrying).toBe(true))
  await tab.signet.login({ email: bob.email, password: bob.password })
  await waiting
  expect(browser.countOf('LogoutEverywhere')).toBe(0)
})

test('a query that goes on being watched is asked anew as the next user, with nothing of the one before between', async () => {
  const { tab, ada, bob } = await setUp()
  const seen: (string | undefined)[] = []
  const watched = tab.client.watchQuery({ query: MeDocument }).subscribe(({ data, error }) => {
    seen.push(error ? 'an error' : data?.me?.id)
  })
  await eventually(() => expect(seen).toContain(ada.user.id))
  await tab.signet.login({ email: bob.email, password: bob.password })
  const from = seen.length
  await eventually(() => expect(seen).toContain(bob.user.id))
  expect(seen.slice(from).filter(id => id !== undefined)).toEqual([bob.user.id])
  watched.unsubscribe()
})

test('whoever logs in again, as the same user, keeps the cache', async () => {
  const { tab, ada } = await setUp()
  await tab.client.query({ query: MeDocument })
  const before = tab.cache.extract()
  await tab.signet.login({ email: ada.email, password: ada.password })
  expect(tab.cache.extract()).toEqual(before)
})

test('sign-out empties the cache; what was asked as nobody is asked again as somebody', async () => {
  const { browser, tab, ada } = await setUp()
  await tab.client.query({ query: SessionsDocument })
  await tab.signet.logout()
  expect(tab.cache.extract()).toEqual({})
  expect((await tab.client.query({ query: ViewerDocument })).data).toEqual({ viewer: null })
  await tab.signet.login({ email: ada.email, password: ada.password })
  expect((await tab.client.query({ query: ViewerDocument })).data?.viewer?.userId).toBe(ada.user.id)
  expect(browser.countOf('Viewer')).toBe(2)
})

test('an operation that a link in front sends again later never carries the token of before', async () => {
  const { browser, tab } = await setUp()
  await tab.client.query({ query: MeDocument, context: { headers: { 'x-app': 'yes' } } })
  await tab.signet.logout()
  await tab.client.query({ query: MeDocument, fetchPolicy: 'network-only' })
  const [first, second] = browser.sent.filter(({ operation }) => operation === 'Me')
  expect(first?.authorization).toMatch(/^Bearer /)
  expect(second?.authorization).toBeNull()
})

test('a socket that is closed because the session has ended signs the app out by itself', async () => {
  const { browser, tab } = await setUp()
  await tab.signet.wsParams()
  await world.run(LogoutDocument, { input: { refreshToken: [...browser.jar.values()][0] ?? '' } })
  tab.signet.wsOn.closed({ code: 4401 })
  await untilStatus(tab.signet, 'signedOut')
  expect(tab.signet.session().reason).toMatchObject({ reason: 'ENDED', sessionEndReason: 'LOGOUT' })
})

test('so does one whose token has been renewed since, but its mere expiry asks for nothing', async () => {
  const { browser, tab } = await setUp()
  const { authorization: first } = await tab.signet.wsParams()
  tab.passTime(13 * 60)
  await eventually(async () => expect(`Bearer ${await tab.signet.accessToken()}`).not.toBe(first))
  expect(browser.countOf('SignetRefresh')).toBe(1)
  tab.signet.wsOn.closed({ code: 4401, reason: 'EXPIRED' })
  await tab.client.query({ query: MeDocument, fetchPolicy: 'network-only' })
  expect(browser.countOf('SignetRefresh')).toBe(1)
  await world.run(LogoutDocument, { input: { refreshToken: [...browser.jar.values()][0] ?? '' } })
  tab.signet.wsOn.closed({ code: 4401, reason: 'REVOKED' })
  await untilStatus(tab.signet, 'signedOut')
  expect(tab.signet.session().reason).toMatchObject({ reason: 'ENDED', sessionEndReason: 'LOGOUT' })
})

test('a socket of the session before does not touch the next one', async () => {
  const { browser, tab, ada } = await setUp()
  await tab.signet.wsParams()
  await tab.signet.login({ email: ada.email, password: ada.password })
  tab.signet.wsOn.closed({ code: 4401, reason: 'REVOKED' })
  await tab.client.query({ query: MeDocument, fetchPolicy: 'network-only' })
  expect(browser.countOf('SignetRefresh')).toBe(0)
})

test('the socket of the user before is closed, so that it is opened again as the next one', async () => {
  const { tab, ada, bob } = await setUp()
  const closed: unknown[] = []
  const { authorization } = await tab.signet.wsParams()
  tab.signet.wsOn.connected({ close: (code: number) => closed.push(code) })
  await tab.client.query({ query: MeDocument })
  expect(closed).toEqual([])
  await tab.signet.login({ email: bob.email, password: bob.password })
  // One that graphql-ws opens another for.
  expect(closed).toEqual([4403])
  expect((await tab.signet.wsParams()).authorization).not.toBe(authorization)
  expect(ada.user.id).not.toBe(bob.user.id)
})

test('for graphql-ws there is a good token at each connection, and a new one after a refusal', async () => {
  const { browser, tab } = await setUp()
  const { authorization: first } = await tab.signet.wsParams()
  expect(first).toMatch(/^Bearer /)
  expect(await tab.signet.wsParams()).toEqual({ authorization: first })
  tab.signet.wsOn.closed({ code: 1006 })
  expect(await tab.signet.wsParams()).toEqual({ authorization: first })
  tab.signet.wsOn.closed({ code: 4403 })
  const { authorization: second } = await tab.signet.wsParams()
  expect(second).toMatch(/^Bearer /)
  expect(second).not.toBe(first)
  expect(browser.countOf('SignetRefresh')).toBe(1)
  tab.passTime(15 * 60)
  expect((await tab.signet.wsParams()).authorization).not.toBe(second)
  await tab.signet.logout()
  await untilStatus(tab.signet, 'signedOut')
  expect(await tab.signet.wsParams()).toEqual({})
  expect(await tab.signet.accessToken()).toBeNull()
})
