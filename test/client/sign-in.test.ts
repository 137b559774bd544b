import { describe, expect, test } from '@jest/globals'
import { createMemoryStorage, isSignetError } from '../../src/client/index.js'
import { MeDocument } from '../generated/graphql.js'
import type { Browser } from '../support/browser.js'
import { untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import { lifetimeSeconds, openSetting } from '../support/setting.js'

const setting = openSetting()

const cookieOf = (browser: Browser): string => [...browser.jar.values()][0] ?? ''

describe('signing out', () => {
  test('ends the session at the server, clears the cookie and gives LOGOUT as the reason', async () => {
    const { browser, tab, reasons } = await setting.signedIn()
    const cookie = cookieOf(browser)
    await tab.signet.logout()
    expect(tab.signet.session()).toMatchObject({ status: 'signedOut', reason: { code: 'LOGOUT' } })
    expect(reasons).toEqual([{ code: 'LOGOUT' }])
    expect(browser.jar.size).toBe(0)
    expect((await setting.world.refresh(cookie)).error.extensions).toMatchObject({ reason: 'ENDED' })
    expect(browser.storage.size).toBe(0)
  })

  test('that the server cannot be told of is told at the next start, and the cookie signs nobody in', async () => {
    const { browser, tab, account } = await setting.signedIn()
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
    const { rows } = await setting.world.pool.query(
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

describe('a sign-out that has yet to be told to the server', () => {
  const setUp = async () => {
    const signed = await setting.signedIn()
    const other = signed.browser.openTab()
    await untilStatus(other.signet, 'signedIn')
    const bob = await setting.world.signUp()
    signed.browser.fault = operation =>
      operation === 'SignetLogout' ? Promise.reject(new TypeError('fetch failed')) : null
    const leaving = signed.tab.signet.logout()
    await eventually(() => expect(signed.browser.countOf('SignetLogout')).toBe(1))
    await untilStatus(other.signet, 'signedOut')
    return { ...signed, other, bob, leaving }
  }

  test('shows that, and no more when it is told', async () => {
    const { browser, tab, leaving } = await setUp()
    await eventually(() =>
      expect(tab.signet.session()).toMatchObject({ status: 'signedOut', retrying: true }),
    )
    browser.fault = () => null
    tab.passTime(2)
    await leaving
    expect(tab.signet.session()).toMatchObject({ status: 'signedOut', retrying: false })
    expect(browser.jar.size).toBe(0)
  })

  test.each(['same', 'other'] as const)(
    'keeps nobody from logging in, in the %s tab, and ends no session of theirs',
    async which => {
      const { browser, tab, other, bob, leaving } = await setUp()
      const at = which === 'same' ? tab : other
      await at.signet.login({ email: bob.email, password: bob.password })
      expect(at.signet.session()).toMatchObject({ user: { id: bob.user.id }, retrying: false })
      browser.fault = () => null
      tab.passTime(60)
      await leaving
      expect(browser.countOf('SignetLogout')).toBe(1)
      const next = browser.openTab()
      await untilStatus(next.signet, 'signedIn')
      expect(next.signet.session().user?.id).toBe(bob.user.id)
    },
  )
})

describe('logging in', () => {
  test('with a wrong password, or an address that is taken, says so and changes nothing', async () => {
    const { tab, account } = await setting.signedIn()
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
    const browser = setting.open()
    const storage = createMemoryStorage()
    const account = await setting.world.signUp()
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
    const browser = setting.open()
    const [ada, bob] = [await setting.world.signUp(), await setting.world.signUp()]
    const [one, other] = [browser.openTab({ delivery: 'body' }), browser.openTab({ delivery: 'body' })]
    await one.signet.login({ email: ada.email, password: ada.password })
    await other.signet.login({ email: bob.email, password: bob.password })
    expect((await one.client.query({ query: MeDocument })).data?.me?.id).toBe(ada.user.id)
    expect((await other.client.query({ query: MeDocument })).data?.me?.id).toBe(bob.user.id)
  })
})

test('no token is ever in web storage', async () => {
  const { browser, tab } = await setting.signedIn()
  const written: string[] = []
  const { set } = browser.storage
  browser.storage.set = (key, value) => {
    written.push(value)
    return set.call(browser.storage, key, value)
  }
  tab.passTime(lifetimeSeconds)
  await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
  await tab.signet.logout()
  expect(written.length).toBeGreaterThan(0)
  for (const value of written) expect(value).not.toMatch(/signet_rt_|eyJ/)
})
