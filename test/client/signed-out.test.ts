import { describe, expect, test } from '@jest/globals'
import {
  DisableUserDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  MeDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import type { Browser, Tab } from '../support/browser.js'
import { untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import { lifetimeSeconds, openSetting } from '../support/setting.js'

const setting = openSetting()

const renew = async (tab: Tab): Promise<void> => {
  tab.passTime(lifetimeSeconds)
  await untilStatus(tab.signet, 'signedOut')
}

const cookieOf = (browser: Browser): string => [...browser.jar.values()][0] ?? ''

describe('a session that really ended signs the app out, with the reason', () => {
  test('when it was signed out elsewhere', async () => {
    const { browser, tab, reasons } = await setting.signedIn()
    await setting.world.run(LogoutDocument, { input: { refreshToken: cookieOf(browser) } })
    await renew(tab)
    const reason = {
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'ENDED',
      sessionEndReason: 'LOGOUT',
      sessionEndedAt: expect.any(String),
    }
    expect(tab.signet.session()).toMatchObject({ status: 'signedOut', user: null, reason })
    expect(reasons).toEqual([expect.objectContaining(reason)])
    expect([...browser.storage.keys()]).toEqual([expect.stringMatching(/ attempt$/)])
  })

  test('when its refresh token was stolen and used', async () => {
    const { browser, tab } = await setting.signedIn()
    const stolen = cookieOf(browser)
    setting.world.advance(60)
    tab.passTime(12 * 60)
    await eventually(() => expect(cookieOf(browser)).not.toBe(stolen))
    tab.passTime(12 * 60)
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(2))
    expect((await setting.world.refresh(stolen)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    await renew(tab)
    expect(tab.signet.session().reason).toMatchObject({ reason: 'ENDED', sessionEndReason: 'REUSED' })
  })

  test('when the browser’s own token is the stolen one that came late', async () => {
    const { browser, tab } = await setting.signedIn()
    const thief = (await setting.world.refresh(cookieOf(browser), 'a thief')).headers.getSetCookie()
    expect(thief).toHaveLength(1)
    setting.world.advance(60)
    await renew(tab)
    expect(tab.signet.session().reason).toEqual({ code: 'REFRESH_TOKEN_REUSED' })
  })

  test('when the account was disabled', async () => {
    const { tab, account } = await setting.signedIn()
    const { accessToken } = await signUpAdmin(setting.world)
    await setting.world.run(
      DisableUserDocument,
      { input: { userId: account.user.id } },
      { token: accessToken },
    )
    await renew(tab)
    expect(tab.signet.session().reason).toEqual({ code: 'ACCOUNT_DISABLED' })
  })

  test('when it was idle for too long', async () => {
    const { tab } = await setting.signedIn()
    setting.world.advance(366 * 86_400)
    await renew(tab)
    expect(tab.signet.session().reason).toMatchObject({ reason: 'EXPIRED' })
  })

  test('when a revoked access token meets a session that is over: what the refresh says decides', async () => {
    const { browser, tab } = await setting.signedIn()
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
    const browser = setting.open()
    const reasons: unknown[] = []
    const tab = browser.openTab({ onSignedOut: reason => reasons.push(reason) })
    await untilStatus(tab.signet, 'signedOut')
    expect(tab.signet.session().reason).toBeNull()
    expect(reasons).toEqual([])
    expect((await tab.client.query({ query: MeDocument })).data).toEqual({ me: null })
  })

  test('a session that ended while the app was closed says why', async () => {
    const { browser, tab } = await setting.signedIn()
    tab.close()
    await setting.world.run(LogoutDocument, { input: { refreshToken: cookieOf(browser) } })
    const reloaded = browser.openTab()
    await untilStatus(reloaded.signet, 'signedOut')
    expect(reloaded.signet.session().reason).toMatchObject({ reason: 'ENDED' })
  })
})
