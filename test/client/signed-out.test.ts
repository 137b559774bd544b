import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createMemoryStorage, isSignetError } from '../../src/client/index.js'
import {
  DisableUserDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  MeDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import type { Browser, Tab } from '../support/browser.js'
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

const open = (): Browser => {
  const browser = createBrowser(world.url)
  browsers.push(browser)
  return browser
}

const signedIn = async () => {
  const browser = open()
  const account = await world.signUp()
  const reasons: unknown[] = []
  const tab = browser.openTab({ onSignedOut: reason => reasons.push(reason) })
  await tab.signet.login({ email: account.email, password: account.password })
  return { browser, tab, account, reasons }
}

const renew = async (tab: Tab): Promise<void> => {
  tab.passTime(15 * 60)
  await untilStatus(tab.signet, 'signedOut')
}

const cookieOf = (browser: Browser): string => [...browser.jar.values()][0] ?? ''

describe('a session that really ended signs the app out, with the reason', () => {
  test('when it was signed out elsewhere', async () => {
    const { browser, tab, reasons } = await signedIn()
    await world.run(LogoutDocument, { input: { refreshToken: cookieOf(browser) } })
    await renew(tab)
    const reason = {
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'ENDED',
      sessionEndReason: 'LOGOUT',
      sessionEndedAt: expect.any(String),
    }
    expect(tab.signet.session()).toMatchObject({ status: 'signedOut', user: null, reason })
    expect(reasons).toEqual([expect.objectContaining(reason)])
    expect(browser.storage.size).toBe(0)
  })

  test('when its refresh token was stolen and used', async () => {
    const { browser, tab } = await signedIn()
    const stolen = cookieOf(browser)
    world.advance(60)
    tab.passTime(12 * 60)
    await eventually(() => expect(cookieOf(browser)).not.toBe(stolen))
    tab.passTime(12 * 60)
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(2))
    expect((await world.refresh(stolen)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    await renew(tab)
    expect(tab.signet.session().reason).toMatchObject({ reason: 'ENDED', sessionEndReason: 'REUSED' })
  })

  test('when the browser’s own token is the stolen one that came late', async () => {
    const { browser, tab } = await signedIn()
    const thief = (await world.refresh(cookieOf(browser), 'a thief')).headers.getSetCookie()
    expect(thief).toHaveLength(1)
    world.advance(60)
    await renew(tab)
    expect(tab.signet.session().reason).toEqual({ code: 'REFRESH_TOKEN_REUSED' })
  })

  test('when the account was disabled', async () => {
    const { tab, account } = await signedIn()
    const { accessToken } = await signUpAdmin(world)
    await world.run(DisableUserDocument, { input: { userId: account.user.id } }, { token: accessToken })
    await renew(tab)
    expect(tab.signet.session().reason).toEqual({ code: 'ACCOUNT_DISABLED' })
  })

  test('when it was idle for too long', async () => {
    const { tab } = await signedIn()
    world.advance(366 * 86_400)
    await renew(tab)
    expect(tab.signet.session().reason).toMatchObject({ reason: 'EXPIRED' })
  })

  test('when a revoked access token meets a session that is over: what the refresh says decides', async () => {
    const { browser, tab } = await signedIn()
    await tab.client.mutate({ mutation: LogoutEverywhereDocument })
    const answer = tab.client.query({ query: MeDocument })
    await expect(answer).rejects.toThrow()
    await untilStatus(tab.signet, 'signedOut')
    expect(tab.signet.session().reason).toMatchObject({ reason: 'ENDED' })
    expect(browser.countOf('SignetRefresh')).toBe(1)
  })
})

describe('at the start', () => {
  test('a browser without a cookie is signed out, for no reason', async () => {
    const browser = open()
    const reasons: unknown[] = []
    const tab = browser.openTab({ onSignedOut: reason => reasons.push(reason) })
    await untilStatus(tab.signet, 'signedOut')
    expect(tab.signet.session().reason).toBeNull()
    expect(reasons).toEqual([])
    expect((await tab.client.query({ query: MeDocument })).data).toEqual({ me: null })
  })

  test('a session that ended while the app was closed says why', async () => {
    const { browser, tab } = await signedIn()
    tab.close()
    await world.run(LogoutDocument, { input: { refreshToken: cookieOf(browser) } })
    const reloaded = browser.openTab()
    await untilStatus(reloaded.signet, 'signedOut')
    expect(reloaded.signet.session().reason).toMatchObject({ reason: 'ENDED' })
  })
})

describe('signing out', () => {
  test('ends the session at the server, clears the cookie and gives LOGOUT as the reason', async () => {
    const { browser, tab, reasons } = await signedIn()
    const cookie = cookieOf(browser)
    await tab.signet.logout()
    expect(tab.signet.session()).toMatchObject({ status: 'signedOut', reason: { code: 'LOGOUT' } })
    expect(reasons).toEqual([{ code: 'LOGOUT' }])
    expect(browser.jar.size).toBe(0)
    expect((await world.refresh(cookie)).error.extensions).toMatchObject({ reason: 'ENDED' })
    expect(browser.storage.size).toBe(0)
  })

  test('that the server cannot be told of is told at the next start, and the cookie signs nobody in', async () => {
    const { browser, tab, account } = await signedIn()
    browser.fault = () => Promise.reject(new TypeError('fetch failed'))
    const leaving = expect(tab.signet.logout()).rejects.toMatchObject({ signet: { code: 'UNREACHABLE' } })
    await eventually(() => {
      expect(tab.signet.session().status).toBe('signedOut')
      tab.passTime(20)
      expect(browser.countOf('SignetLogout')).toBeGreaterThan(1)
    })
    tab.passTime(60)
    await leaving
    tab.close()

    browser.fault = () => null
    const reloaded = browser.openTab()
    await untilStatus(reloaded.signet, 'signedOut')
    await eventually(() => expect(browser.jar.size).toBe(0))
    expect(browser.countOf('SignetRefresh')).toBe(0)
    const { rows } = await world.pool.query(
      'SELECT end_reason FROM sessions WHERE user_id = $1 AND ended_at IS NOT NULL',
      [account.user.id],
    )
    expect(rows).toEqual([{ end_reason: 'LOGOUT' }])
    await eventually(() => expect(browser.storage.size).toBe(0))
    // And the next sign-in holds.
    await reloaded.signet.login({ email: account.email, password: account.password })
    reloaded.close()
    const next = browser.openTab()
    await untilStatus(next.signet, 'signedIn')
  })
})

describe('logging in', () => {
  test('with a wrong password, or an address that is taken, says so and changes nothing', async () => {
    const { tab, account } = await signedIn()
    const wrong = await tab.signet.login({ email: account.email, password: 'not it' }).catch(error => error)
    expect(isSignetError(wrong, 'INVALID_CREDENTIALS')).toBe(true)
    const taken = await tab.signet
      .signup({ email: account.email, password: account.password })
      .catch(error => error)
    expect(isSignetError(taken, 'EMAIL_TAKEN')).toBe(true)
    expect(isSignetError(taken, 'WEAK_PASSWORD')).toBe(false)
    const weak = await tab.signet.signup({ email: 'a@example.com', password: 'short' }).catch(error => error)
    if (!isSignetError(weak, 'WEAK_PASSWORD')) throw weak
    expect(weak.signet).toMatchObject({ reason: 'TOO_SHORT', minLength: 8 })
    expect(tab.signet.session()).toMatchObject({ status: 'signedIn', user: { id: account.user.id } })
  })
})

describe('in body delivery', () => {
  test('the refresh token is kept in the app’s storage alone, and the next process goes on with it', async () => {
    const browser = open()
    const storage = createMemoryStorage()
    const account = await world.signUp()
    const first = browser.openTab({ delivery: 'body', storage })
    await first.signet.login({ email: account.email, password: account.password })
    expect(browser.jar.size + browser.storage.size).toBe(0)
    first.close()
    const second = browser.openTab({ delivery: 'body', storage })
    expect((await second.client.query({ query: MeDocument })).data?.me?.id).toBe(account.user.id)
    expect(browser.countOf('SignetRefresh')).toBe(1)
    await second.signet.logout()
    second.close()
    const third = browser.openTab({ delivery: 'body', storage })
    await untilStatus(third.signet, 'signedOut')
    expect(browser.countOf('SignetRefresh')).toBe(1)
    expect(third.signet.session().reason).toBeNull()
  })

  test('two clients in one process never hand each other anything', async () => {
    const browser = open()
    const [ada, bob] = [await world.signUp(), await world.signUp()]
    const [one, other] = [browser.openTab({ delivery: 'body' }), browser.openTab({ delivery: 'body' })]
    await one.signet.login({ email: ada.email, password: ada.password })
    await other.signet.login({ email: bob.email, password: bob.password })
    expect((await one.client.query({ query: MeDocument })).data?.me?.id).toBe(ada.user.id)
    expect((await other.client.query({ query: MeDocument })).data?.me?.id).toBe(bob.user.id)
  })
})

test('no token is ever in web storage', async () => {
  const { browser, tab } = await signedIn()
  const written: string[] = []
  const { set } = browser.storage
  browser.storage.set = (key, value) => {
    written.push(value)
    return set.call(browser.storage, key, value)
  }
  tab.passTime(15 * 60)
  await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
  await tab.signet.logout()
  expect(written.length).toBeGreaterThan(0)
  for (const value of written) expect(value).not.toMatch(/signet_rt_|eyJ/)
})
