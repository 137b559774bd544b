import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  ChangePasswordDocument,
  MeDocument,
  SessionsDocument,
  SetUserRolesDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import type { Browser, Tab } from '../support/browser.js'
import { createBrowser, untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

const quarter = 15 * 60

let world: World
let proxy: DatabaseProxy
const browsers: Browser[] = []
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: 'https://app.example.com' } })
  proxy = await createProxy(world.url)
})
afterEach(() => {
  for (const browser of browsers.splice(0)) browser.close()
  proxy.heal()
})
afterAll(async () => {
  await proxy.close()
  await world.close()
})

const throughProxy = (): string => proxy.url.replace(/\/$/, '')

const open = (through?: string): Browser => {
  const browser = createBrowser(world.url, through ? { through } : {})
  browsers.push(browser)
  return browser
}

/** A browser with one tab, in which a new user has just logged in. */
const signedIn = async (through?: string) => {
  const browser = open(through)
  const account = await world.signUp()
  const tab = browser.openTab()
  await tab.signet.login({ email: account.email, password: account.password })
  browser.sent.length = 0
  return { browser, tab, account, sessionId: await sessionOf(tab) }
}

const sessionOf = async (tab: Tab): Promise<string> =>
  (await tab.client.query({ query: ViewerDocument, fetchPolicy: 'no-cache' })).data?.viewer?.sessionId ?? ''

const askMe = (tab: Tab) => tab.client.query({ query: MeDocument, fetchPolicy: 'no-cache' })

const generationOf = async (sessionId: string): Promise<number> =>
  (await world.pool.query('SELECT generation FROM sessions WHERE id = $1', [sessionId])).rows[0].generation

const unavailable = (retryAfterSeconds: number): Response =>
  Response.json(
    { errors: [{ message: 'away', extensions: { code: 'UNAVAILABLE', retryAfterSeconds } }] },
    { status: 503, headers: { 'content-type': 'application/graphql-response+json' } },
  )

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
    const { browser, tab, sessionId } = await signedIn()
    browser.sent.length = 0
    world.advance(quarter + 60)
    const answers = await askTwenty(tab)
    for (const { data } of answers) expect(data).toBeTruthy()
    expect(browser.countOf('SignetRefresh')).toBe(1)
    expect(browser.sent.filter(({ status }) => status === 401)).toHaveLength(20)
    expect(browser.sent).toHaveLength(41)
    expect(await generationOf(sessionId)).toBe(1)
    // In the order in which they were asked, however the refusals came.
    const again = browser.sent.slice(21).map(({ operation }) => operation)
    expect(again).toEqual(browser.sent.slice(0, 20).map(({ operation }) => operation))
  })

  test('that the client knows of are not even sent before the one refresh', async () => {
    const { browser, tab } = await signedIn()
    browser.sent.length = 0
    browser.fault = operation => (operation === 'SignetRefresh' ? unavailable(1) : null)
    tab.passTime(quarter)
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
    const { browser, tab, account } = await signedIn()
    world.advance(quarter + 60)
    const input = { currentPassword: account.password, newPassword: newAccount().password }
    const { data } = await tab.client.mutate({ mutation: ChangePasswordDocument, variables: { input } })
    expect(data?.changePassword.user.id).toBe(account.user.id)
    expect(
      browser.sent.filter(({ operation }) => operation === 'ChangePassword').map(one => one.status),
    ).toEqual([401, 200])
  })

  test('whose answer is lost is not sent again: the app is told', async () => {
    const { browser, tab, account } = await signedIn(throughProxy())
    const input = { currentPassword: account.password, newPassword: newAccount().password }
    proxy.stall('answers')
    const change = tab.client.mutate({ mutation: ChangePasswordDocument, variables: { input } })
    const refused = expect(change).rejects.toThrow()
    await eventually(async () =>
      expect((await world.run(MeDocument, {}, { token: account.accessToken })).status).toBe(401),
    )
    proxy.cut()
    await refused
    expect(browser.countOf('ChangePassword')).toBe(1)
    expect(tab.signet.session().status).toBe('signedIn')
  })
})

describe('ahead of expiry', () => {
  test('at four fifths of its life at the latest the access token is renewed, with nothing asked', async () => {
    const { browser, tab } = await signedIn()
    tab.passTime(quarter * 0.69)
    expect(browser.countOf('SignetRefresh')).toBe(0)
    tab.passTime(quarter * 0.11)
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
    expect(tab.signet.session().status).toBe('signedIn')
  })

  test('a page that wakes from sleep renews what went stale', async () => {
    const { browser, tab } = await signedIn()
    tab.wake()
    await askMe(tab)
    expect(browser.countOf('SignetRefresh')).toBe(0)
    const frozen = browser.openTab()
    await untilStatus(frozen.signet, 'signedIn')
    const before = browser.countOf('SignetRefresh')
    frozen.passTime(quarter * 3)
    frozen.wake()
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(before + 1))
  })

  test('a token that is out of date by a change of roles is renewed, and nobody is told', async () => {
    const { browser, tab, account } = await signedIn()
    const statuses: string[] = []
    tab.signet.subscribe(() => statuses.push(tab.signet.session().status))
    const { accessToken } = await signUpAdmin(world)
    const input = { userId: account.user.id, roles: ['editor'] }
    await world.run(SetUserRolesDocument, { input }, { token: accessToken })
    await eventually(async () => {
      await askMe(tab)
      expect(browser.countOf('SignetRefresh')).toBe(1)
    })
    expect(tab.signet.session().user?.roles).toEqual(['editor'])
    expect(statuses).not.toContain('signedOut')
  })
})

describe('an answer to a refresh that is lost after the server carried it out', () => {
  /** Loses the answer to the refresh that is due; gives the row one generation on. */
  const loseAnswer = async () => {
    const signed = await signedIn(throughProxy())
    proxy.stall('answers')
    signed.tab.passTime(quarter * 0.85)
    await eventually(async () => expect(await generationOf(signed.sessionId)).toBe(1))
    proxy.cut()
    // Longer than any grace.
    world.advance(3_600)
    return signed
  }

  test('is asked for again as the same attempt, and the session goes on', async () => {
    const { browser, tab, sessionId, account } = await loseAnswer()
    await eventually(() => expect(tab.signet.session().retrying).toBe(true))
    proxy.heal()
    tab.passTime(60)
    const { data } = await askMe(tab)
    expect(data?.me?.id).toBe(account.user.id)
    expect(await generationOf(sessionId)).toBe(1)
    expect(
      new Set(browser.sent.filter(one => one.operation === 'SignetRefresh').map(one => one.body)).size,
    ).toBe(1)
    expect([...browser.storage.keys()]).toEqual([])
  })

  test('is asked for again after a reload, and by another tab, and the session goes on', async () => {
    const { browser, tab, sessionId } = await loseAnswer()
    tab.close()
    proxy.heal()
    const reloaded = browser.openTab()
    await untilStatus(reloaded.signet, 'signedIn')
    expect(await sessionOf(reloaded)).toBe(sessionId)
    expect(await generationOf(sessionId)).toBe(1)
    // Another attempt, once this one was answered.
    const next = browser.openTab()
    await untilStatus(next.signet, 'signedIn')
    expect(await generationOf(sessionId)).toBe(2)
    const attempts = browser.sent.filter(one => one.operation === 'SignetRefresh').map(one => one.body)
    expect(new Set(attempts).size).toBe(2)
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
    const { browser, tab } = await signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? answer() : null)
    tab.passTime(quarter)
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
    const { browser, tab } = await signedIn()
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
    const { browser, tab } = await signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? unavailable(3_600) : null)
    tab.passTime(quarter)
    const answer = expect(askMe(tab)).rejects.toMatchObject({ signet: { code: 'UNAVAILABLE' } })
    await eventually(() => expect(tab.signet.session().retrying).toBe(true))
    tab.passTime(31)
    await answer
    expect(browser.countOf('Me')).toBe(0)
    expect(tab.signet.session().status).toBe('signedIn')
  })

  test('a wait that the server asked for is not cut short by looking at the page', async () => {
    const { browser, tab } = await signedIn()
    browser.fault = operation => (operation === 'SignetRefresh' ? unavailable(40) : null)
    tab.passTime(quarter)
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

test('a service that refuses every token costs one refresh, not one for each operation', async () => {
  const { browser, tab } = await signedIn()
  const refuse = () =>
    Response.json({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }, { status: 401 })
  browser.fault = operation => (operation === 'Me' ? refuse() : null)
  for (let round = 0; round < 4; round++) await expect(askMe(tab)).rejects.toMatchObject({ statusCode: 401 })
  expect(browser.countOf('SignetRefresh')).toBe(1)
  expect(browser.countOf('Me')).toBe(5)
  expect(tab.signet.session().status).toBe('signedIn')
})
