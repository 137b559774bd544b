import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { MeDocument } from '../generated/graphql.js'
import type { Browser, BrowserOptions, Tab } from '../support/browser.js'
import { createBrowser, untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

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

/** How often the sessions of a user in a browser were refreshed. */
const generationOf = async (userId: string): Promise<number> =>
  (
    await world.pool.query("SELECT generation FROM sessions WHERE user_id = $1 AND delivery = 'COOKIE'", [
      userId,
    ])
  ).rows[0].generation

/** A browser with some tabs, all of one signed-in user. */
const openTabs = async (count: number, options?: BrowserOptions) => {
  const browser = createBrowser(world.url, options)
  browsers.push(browser)
  const account = await world.signUp()
  const first = browser.openTab()
  const signingIn = first.signet.login({ email: account.email, password: account.password })
  await passWhile(signingIn, [first])
  const tabs = [first]
  while (tabs.length < count) {
    const tab = browser.openTab()
    tabs.push(tab)
    await passWhile(untilStatus(tab.signet, 'signedIn'), tabs)
  }
  browser.sent.length = 0
  return { browser, account, tabs }
}

/** Lets seconds go by until something has come, for the sake of waits that are bounded. */
const passWhile = async <T>(awaited: Promise<T>, tabs: readonly Tab[]): Promise<T> => {
  let isOver = false
  const ending = awaited.finally(() => {
    isOver = true
  })
  await eventually(() => {
    for (const tab of isOver ? [] : tabs) tab.passTime(0.2)
    expect(isOver).toBe(true)
  })
  return ending
}

const askAll = (tabs: readonly Tab[]) =>
  Promise.all(tabs.map(({ client }) => client.query({ query: MeDocument, fetchPolicy: 'no-cache' })))

const statuses = (tabs: readonly Tab[]) => tabs.map(({ signet }) => signet.session().status)

test('tabs that come to expiry together refresh once, and hand the token over', async () => {
  const { browser, tabs, account } = await openTabs(5)
  for (const tab of tabs) tab.passTime(15 * 60)
  const answers = await askAll(tabs)
  for (const { data } of answers) expect(data?.me?.id).toBe(account.user.id)
  expect(browser.countOf('SignetRefresh')).toBe(1)
  expect(new Set(browser.sent.filter(one => one.operation === 'Me').map(one => one.authorization)).size).toBe(
    1,
  )
})

test('tabs that a browser restores all at once refresh once', async () => {
  const { browser, tabs } = await openTabs(1)
  tabs[0]?.close()
  const restored = Array.from({ length: 5 }, () => browser.openTab())
  await Promise.all(restored.map(({ signet }) => untilStatus(signet, 'signedIn')))
  expect(browser.countOf('SignetRefresh')).toBe(1)
})

describe.each<[string, BrowserOptions]>([
  ['without locks', { locks: 'none' }],
  ['without locks or a channel', { locks: 'none', hasChannel: false }],
  ['with a lock whose holder hangs', { locks: 'stuck' }],
  ['with a lock whose holder hangs and without a channel', { locks: 'stuck', hasChannel: false }],
])('%s', (_, options) => {
  test('nobody is signed out, again and again', async () => {
    const { tabs, account } = await openTabs(3, options)
    for (let round = 0; round < 5; round++) {
      for (const tab of tabs) tab.passTime(15 * 60)
      world.advance(60)
      for (const { data } of await passWhile(askAll(tabs), tabs)) expect(data?.me?.id).toBe(account.user.id)
      expect(statuses(tabs)).toEqual(['signedIn', 'signedIn', 'signedIn'])
    }
  })

  test('a tab that dies with an answer on the way costs the others nothing', async () => {
    const { browser, tabs, account } = await openTabs(2, { ...options, through: throughProxy() })
    const [dying, living] = tabs
    if (!dying || !living) throw new Error('two tabs were to open')
    const before = await generationOf(account.user.id)
    proxy.stall('answers')
    dying.passTime(15 * 60)
    await passWhile(
      eventually(async () => expect(await generationOf(account.user.id)).toBe(before + 1)),
      [dying],
    )
    dying.close()
    proxy.cut()
    proxy.heal()
    world.advance(3_600)
    living.passTime(15 * 60)
    const [answer] = await passWhile(askAll([living]), [living])
    expect(answer?.data?.me?.id).toBe(account.user.id)
    expect(await generationOf(account.user.id)).toBe(before + 1)
    expect([...browser.storage.keys()]).toEqual([expect.stringMatching(/ attempt$/)])
  })
})

describe('signing out in one tab', () => {
  test('empties all', async () => {
    const { tabs } = await openTabs(3)
    await askAll(tabs)
    for (const { client } of tabs) await client.query({ query: MeDocument })
    await tabs[1]?.signet.logout()
    await Promise.all(tabs.map(({ signet }) => untilStatus(signet, 'signedOut')))
    for (const { signet, cache } of tabs) {
      expect(signet.session().reason).toEqual({ code: 'LOGOUT' })
      expect(cache.extract()).toEqual({})
    }
  })

  test('and in as somebody else: all are that one, and none is the first again', async () => {
    const { tabs } = await openTabs(3)
    const bob = await world.signUp()
    await tabs[0]?.signet.logout()
    await tabs[2]?.signet.login({ email: bob.email, password: bob.password })
    await eventually(() => {
      for (const { signet } of tabs) expect(signet.session().user?.id).toBe(bob.user.id)
    })
    for (const { data } of await askAll(tabs)) expect(data?.me?.id).toBe(bob.user.id)
  })

  test('also empties one that is about to learn who is signed in', async () => {
    const { browser, tabs } = await openTabs(1, { through: throughProxy() })
    proxy.stall('answers')
    const late = browser.openTab()
    const seen: string[] = []
    late.signet.subscribe(() => seen.push(late.signet.session().status))
    await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
    const leaving = tabs[0]?.signet.logout()
    await eventually(() => expect(tabs[0]?.signet.session().status).toBe('signedOut'))
    proxy.heal()
    await passWhile(Promise.all([leaving, untilStatus(late.signet, 'signedOut')]), [...tabs, late])
    expect(seen).not.toContain('signedIn')
  })

  test('without a channel, the next thing that another tab asks tells it', async () => {
    const { tabs } = await openTabs(2, { hasChannel: false })
    await tabs[0]?.signet.logout()
    expect(tabs[1]?.signet.session().status).toBe('signedIn')
    await eventually(async () => {
      await tabs[1]?.client.query({ query: MeDocument, fetchPolicy: 'no-cache' }).catch(() => {})
      expect(tabs[1]?.signet.session()).toMatchObject({ status: 'signedOut', reason: { reason: 'MISSING' } })
    })
  })
})

test('who logs in waits for a slow answer to another tab, whose cookie would come last', async () => {
  const { browser, tabs } = await openTabs(2, { through: throughProxy() })
  const [slow, other] = tabs
  if (!slow || !other) throw new Error('two tabs were to open')
  const bob = await world.signUp()
  proxy.stall('answers')
  slow.passTime(15 * 60)
  void slow.signet.accessToken()
  await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
  const login = other.signet.login({ email: bob.email, password: bob.password })
  for (const tab of tabs) tab.passTime(7)
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(browser.countOf('SignetLogin')).toBe(0)
  proxy.heal()
  await passWhile(login, tabs)
  await eventually(() => expect(slow.signet.session().user?.id).toBe(bob.user.id))
  const next = browser.openTab()
  await passWhile(untilStatus(next.signet, 'signedIn'), [next])
  expect(next.signet.session().user?.id).toBe(bob.user.id)
})

test('who logs in and waits for that is not hurried by a sign-out in a third tab', async () => {
  const { browser, tabs } = await openTabs(3)
  const [slow, other, leaving] = tabs
  if (!slow || !other || !leaving) throw new Error('three tabs were to open')
  const bob = await world.signUp()
  browser.fault = operation => (operation === 'SignetSignup' ? new Promise(() => {}) : null)
  void slow.signet
    .signup({ email: 'late@example.com', password: 'a late answer, a late cookie' })
    .catch(() => {})
  await eventually(() => expect(browser.countOf('SignetSignup')).toBe(1))
  const login = other.signet.login({ email: bob.email, password: bob.password })
  void leaving.signet.logout().catch(() => {})
  await untilStatus(other.signet, 'signedOut')
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(browser.countOf('SignetLogin')).toBe(0)
  await passWhile(login, tabs)
  expect(other.signet.session().user?.id).toBe(bob.user.id)
})

describe('a late answer to a refresh of the user before, without locks', () => {
  test.each(['logs in', 'signs out first'] as const)(
    'never puts their cookie over that of who %s in another tab',
    async how => {
      const { browser, tabs } = await openTabs(2, { locks: 'none' })
      const [slow, other] = tabs
      if (!slow || !other) throw new Error('two tabs were to open')
      const bob = await world.signUp()
      let letGo = (): void => {}
      const held = new Promise<void>(resolve => {
        letGo = resolve
      })
      browser.slowness = operation => (operation === 'SignetRefresh' ? held : null)
      slow.passTime(15 * 60)
      void slow.signet.accessToken()
      await eventually(() => expect(browser.countOf('SignetRefresh')).toBe(1))
      if (how === 'signs out first') await other.signet.logout()
      await other.signet.login({ email: bob.email, password: bob.password })
      await eventually(() => expect(slow.signet.session().user?.id).toBe(bob.user.id))
      browser.slowness = () => null
      letGo()
      await new Promise(resolve => setTimeout(resolve, 100))
      const next = browser.openTab()
      await passWhile(untilStatus(next.signet, 'signedIn'), [next])
      expect(next.signet.session().user?.id).toBe(bob.user.id)
    },
  )
})

test('a tab that is open signed out is signed in by another', async () => {
  const browser = createBrowser(world.url)
  browsers.push(browser)
  const tabs = [browser.openTab(), browser.openTab()]
  await Promise.all(tabs.map(({ signet }) => untilStatus(signet, 'signedOut')))
  const account = await world.signUp()
  await tabs[0]?.signet.login({ email: account.email, password: account.password })
  await eventually(() => expect(tabs[1]?.signet.session().user?.id).toBe(account.user.id))
})
