import { describe, expect, test } from '@jest/globals'
import {
  ChangePasswordDocument,
  MeDocument,
  SessionsDocument,
  SetUserRolesDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import type { Tab } from '../support/browser.js'
import { untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import { askMe, lifetimeSeconds, openSetting, unavailable } from '../support/setting.js'
import { newAccount } from '../support/world.js'

const setting = openSetting()

describe('twenty queries at once under an expired token', () => {
  const askTwenty = (tab: Tab) =>
    Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        tab.client.query({
          query: index % 2 ? MeDocument : SessionsDocument,
          fetchPolicy: 'no-cache',
          context: { queryDeduplication: false },
        }),
      ),
    )

  test('that the server refuses cost one refresh, are sent again once and all answered', async () => {
    const { browser, tab, sessionId } = await setting.signedIn()
    setting.world.advance(lifetimeSeconds + 60)
    const answers = await askTwenty(tab)
    for (const { data } of answers) expect(data).toBeTruthy()
    expect(browser.countOf('SignetRefresh')).toBe(1)
    expect(browser.sent.filter(({ status }) => status === 401)).toHaveLength(20)
    expect(browser.sent).toHaveLength(41)
    expect(await setting.generationOf(sessionId)).toBe(1)
    // In the order in which they were asked, however the refusals came.
    const again = browser.sent.slice(21).map(({ operation }) => operation)
    expect(again).toEqual(browser.sent.slice(0, 20).map(({ operation }) => operation))
  })

  test('that the client knows of are not even sent before the one refresh', async () => {
    const { browser, tab } = await setting.signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? unavailable(1) : null)
    tab.passTime(lifetimeSeconds)
    const answers = askTwenty(tab)
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
    browser.fault = () => null
    await eventually(() => {
      tab.passTime(2)
      expect(browser.countOf('SignetRefresh')).toBe(2)
    })
    for (const { data } of await answers) expect(data).toBeTruthy()
    expect(browser.sent.filter(({ status }) => status === 401)).toHaveLength(0)
    expect(browser.sent).toHaveLength(22)
  })
})

describe('a mutation', () => {
  test('under an expired token is carried out once', async () => {
    const { browser, tab, account } = await setting.signedIn()
    setting.world.advance(lifetimeSeconds + 60)
    const input = { currentPassword: account.password, newPassword: newAccount().password }
    const { data } = await tab.client.mutate({ mutation: ChangePasswordDocument, variables: { input } })
    expect(data?.changePassword.user.id).toBe(account.user.id)
    expect(
      browser.sent.filter(({ operation }) => operation === 'ChangePassword').map(one => one.status),
    ).toEqual([401, 200])
  })

  test('whose answer is lost is not sent again: the app is told', async () => {
    const { browser, tab, account } = await setting.signedIn(setting.throughProxy)
    const input = { currentPassword: account.password, newPassword: newAccount().password }
    setting.proxy.stall('answers')
    const change = tab.client.mutate({ mutation: ChangePasswordDocument, variables: { input } })
    const refused = expect(change).rejects.toThrow()
    await eventually(async () =>
      expect((await setting.world.run(MeDocument, {}, { token: account.accessToken })).status).toBe(401),
    )
    setting.proxy.cut()
    await refused
    expect(browser.countOf('ChangePassword')).toBe(1)
    expect(tab.signet.session().status).toBe('signedIn')
  })
})

describe('ahead of expiry', () => {
  test('at four fifths of its life at the latest the access token is renewed, with nothing asked', async () => {
    const { browser, tab } = await setting.signedIn()
    tab.passTime(lifetimeSeconds * 0.69)
    expect(browser.countOf('SignetRefresh')).toBe(0)
    tab.passTime(lifetimeSeconds * 0.11)
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
    expect(tab.signet.session().status).toBe('signedIn')
  })

  test('a page that wakes from sleep renews what went stale', async () => {
    const { browser, tab } = await setting.signedIn()
    tab.wake()
    await askMe(tab)
    expect(browser.countOf('SignetRefresh')).toBe(0)
    const frozen = browser.openTab()
    await untilStatus(frozen.signet, 'signedIn')
    const before = browser.countOf('SignetRefresh')
    frozen.passTime(lifetimeSeconds * 3)
    frozen.wake()
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(before + 1))
  })

  test('a token that is out of date by a change of roles is renewed, and nobody is told', async () => {
    const { browser, tab, account } = await setting.signedIn()
    const statuses: string[] = []
    tab.signet.subscribe(() => statuses.push(tab.signet.session().status))
    const { accessToken } = await signUpAdmin(setting.world)
    const input = { userId: account.user.id, roles: ['editor'] }
    await setting.world.run(SetUserRolesDocument, { input }, { token: accessToken })
    await eventually(async () => {
      await askMe(tab)
      expect(browser.countOf('SignetRefresh')).toBe(1)
    })
    expect(tab.signet.session().user?.roles).toEqual(['editor'])
    expect(statuses).not.toContain('signedOut')
  })
})

test('a service that refuses every token costs one refresh, not one for each operation', async () => {
  const { browser, tab } = await setting.signedIn()
  const refuse = () =>
    Response.json({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }, { status: 401 })
  browser.fault = operation => (operation === 'Me' ? refuse() : null)
  for (let round = 0; round < 4; round++) await expect(askMe(tab)).rejects.toMatchObject({ statusCode: 401 })
  expect(browser.countOf('SignetRefresh')).toBe(1)
  expect(browser.countOf('Me')).toBe(5)
  expect(tab.signet.session().status).toBe('signedIn')
})
