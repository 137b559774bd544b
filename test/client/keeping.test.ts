import { describe, expect, test } from '@jest/globals'
import { MeDocument } from '../generated/graphql.js'
import type { Browser } from '../support/browser.js'
import { untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import { askMe, lifetimeSeconds, openSetting, sessionOf, unavailable } from '../support/setting.js'

const setting = openSetting()

describe('an answer to a refresh that is lost after the server carried it out', () => {
  /** Loses the answer to the refresh that is due; gives the row one generation on. */
  const loseAnswer = async () => {
    const signed = await setting.signedIn(setting.throughProxy)
    setting.proxy.stall('answers')
    signed.tab.passTime(lifetimeSeconds * 0.85)
    await eventually(async () => expect(await setting.generationOf(signed.sessionId)).toBe(1))
    setting.proxy.cut()
    // Longer than any grace.
    setting.world.advance(3_600)
    return signed
  }

  test('is asked for again as the same attempt, and the session goes on', async () => {
    const { browser, tab, sessionId, account } = await loseAnswer()
    await eventually(() => expect(tab.signet.session().retrying).toBe(true))
    setting.proxy.heal()
    tab.passTime(60)
    const { data } = await askMe(tab)
    expect(data?.me?.id).toBe(account.user.id)
    expect(await setting.generationOf(sessionId)).toBe(1)
    expect(
      new Set(browser.sent.filter(one => one.operation === 'SignetRefresh').map(one => one.body)).size,
    ).toBe(1)
    expect([...browser.storage.keys()]).toEqual([expect.stringMatching(/ attempt$/)])
  })

  test('is asked for again after a reload, and by another tab, and the session goes on', async () => {
    const { browser, tab, sessionId } = await loseAnswer()
    tab.close()
    setting.proxy.heal()
    const reloaded = browser.openTab()
    await untilStatus(reloaded.signet, 'signedIn')
    expect(await sessionOf(reloaded)).toBe(sessionId)
    expect(await setting.generationOf(sessionId)).toBe(1)
    const countAttempts = () =>
      new Set(browser.sent.filter(one => one.operation === 'SignetRefresh').map(one => one.body)).size
    expect(countAttempts()).toBe(1)
    // Another attempt, once this one was answered and none that was sent before is on the way any more.
    const alike = browser.openTab()
    await untilStatus(alike.signet, 'signedIn')
    expect([countAttempts(), await setting.generationOf(sessionId)]).toEqual([1, 1])
    setting.world.advance(60)
    reloaded.passTime(lifetimeSeconds)
    await eventually(async () => expect(await setting.generationOf(sessionId)).toBe(2))
    expect(countAttempts()).toBe(2)
  })

  test('is asked for again as the same attempt, though another was answered a moment before', async () => {
    const { browser, tab, sessionId, account } = await setting.signedIn(setting.throughProxy)
    tab.passTime(lifetimeSeconds * 0.85)
    await eventually(async () => expect(await setting.generationOf(sessionId)).toBe(1))
    await askMe(tab)
    // Within the time in which tabs share a name, and beyond the server's grace.
    setting.world.advance(lifetimeSeconds + 60)
    browser.fault = operation => {
      if (operation === 'SignetRefresh') setting.proxy.stall('answers')
      return null
    }
    const asked = askMe(tab)
    await eventually(async () => expect(await setting.generationOf(sessionId)).toBe(2))
    browser.fault = () => null
    setting.proxy.cut()
    setting.world.advance(3_600)
    await eventually(() => expect(tab.signet.session().retrying).toBe(true))
    setting.proxy.heal()
    tab.passTime(20)
    expect((await asked).data?.me?.id).toBe(account.user.id)
    expect(await setting.generationOf(sessionId)).toBe(2)
  })
})

describe('what says nothing about the session', () => {
  const answers: [string, () => Response | Promise<Response>][] = [
    ['a network that is away', () => Promise.reject(new TypeError('fetch failed'))],
    ['a 502 of something in between', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['a page of a captive portal', () => new Response('<h1>Welcome</h1>')],
    ['UNAVAILABLE', () => unavailable(3)],
    [
      'RATE_LIMITED',
      () =>
        Response.json({
          data: null,
          errors: [{ message: 'slow down', extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 40 } }],
        }),
    ],
    [
      'a fault of the server’s',
      () =>
        Response.json({
          data: null,
          errors: [{ message: 'oops', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
        }),
    ],
  ]

  test.each(answers)('%s, keeps it and is tried again', async (_, answer) => {
    const { browser, tab } = await setting.signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? answer() : null)
    tab.passTime(lifetimeSeconds)
    await eventually(() => expect(tab.signet.session()).toMatchObject({ status: 'signedIn', retrying: true }))
    browser.fault = () => null
    tab.passTime(60)
    // Those that the server asked to wait for, and the back-off after.
    await eventually(() => {
      tab.passTime(1)
      expect(tab.signet.session()).toMatchObject({ status: 'signedIn', retrying: false })
    })
    expect((await askMe(tab)).data?.me).toBeTruthy()
  })

  test('at the start it stays unknown who is signed in, until it is answered', async () => {
    const { browser, tab } = await setting.signedIn()
    tab.close()
    browser.fault = () => unavailable(1)
    const reloaded = browser.openTab()
    reloaded.signet.subscribe(() => {})
    await eventually(() =>
      expect(reloaded.signet.session()).toMatchObject({ status: 'loading', retrying: true }),
    )
    browser.fault = () => null
    await eventually(() => {
      reloaded.passTime(1)
      expect(reloaded.signet.session().status).toBe('signedIn')
    })
  })

  test('an operation waits for so long, and then fails without ending anything', async () => {
    const { browser, tab } = await setting.signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? unavailable(3_600) : null)
    tab.passTime(lifetimeSeconds)
    const answer = expect(askMe(tab)).rejects.toMatchObject({ signet: { code: 'UNAVAILABLE' } })
    await eventually(() => expect(tab.signet.session().retrying).toBe(true))
    tab.passTime(31)
    await answer
    expect(browser.countOf('Me')).toBe(0)
    expect(tab.signet.session().status).toBe('signedIn')
  })

  test('a wait that the server asked for is not cut short by looking at the page', async () => {
    const { browser, tab } = await setting.signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? unavailable(40) : null)
    tab.passTime(lifetimeSeconds)
    await eventually(() => expect(tab.signet.session().retrying).toBe(true))
    tab.wake()
    tab.passTime(30)
    await askAnything(browser)
    expect(browser.countOf('SignetRefresh')).toBe(1)
  })
})

const askAnything = async (browser: Browser): Promise<void> => {
  const other = browser.openTab({ delivery: 'body' })
  await other.client.query({ query: MeDocument })
}
