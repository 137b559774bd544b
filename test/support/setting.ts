// A Signet behind a proxy, and browsers with a tab in which somebody has just logged in.
import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { MeDocument, ViewerDocument } from '../generated/graphql.js'
import type { Browser, BrowserOptions, Tab } from './browser.js'
import { createBrowser } from './browser.js'
import { createProxy } from './proxy.js'
import { createWorld } from './world.js'

/** How long an access token lives, in seconds. */
export const lifetimeSeconds = 15 * 60

/** Asks who is signed in, past the cache. */
export const askMe = (tab: Tab) => tab.client.query({ query: MeDocument, fetchPolicy: 'no-cache' })

/** The id of a tab's session, as the server says. */
export const sessionOf = async (tab: Tab): Promise<string> =>
  (await tab.client.query({ query: ViewerDocument, fetchPolicy: 'no-cache' })).data?.viewer?.sessionId ?? ''

/** Signet's own word that something is away. */
export const unavailable = (retryAfterSeconds: number): Response =>
  Response.json(
    { errors: [{ message: 'away', extensions: { code: 'UNAVAILABLE', retryAfterSeconds } }] },
    { status: 503, headers: { 'content-type': 'application/graphql-response+json' } },
  )

type Setting = Awaited<ReturnType<typeof createSetting>>

/** Makes the Signet and its proxy. */
const createSetting = async () => {
  const world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: 'https://app.example.com' } })
  const proxy = await createProxy(world.url)
  const browsers: Browser[] = []
  const open = (options: BrowserOptions = {}): Browser => {
    const browser = createBrowser(world.url, options)
    browsers.push(browser)
    return browser
  }
  return {
    world,
    proxy,
    /** A browser whose requests go through the proxy. */
    throughProxy: { through: proxy.url.replace(/\/$/, '') },
    open,
    /** A browser with one tab, in which a new user has just logged in, and why the session ended, when it does. */
    signedIn: async (options?: BrowserOptions) => {
      const browser = open(options)
      const account = await world.signUp()
      const reasons: unknown[] = []
      const tab = browser.openTab({ onSignedOut: reason => reasons.push(reason) })
      await tab.signet.login({ email: account.email, password: account.password })
      const sessionId = await sessionOf(tab)
      browser.sent.length = 0
      return { browser, tab, account, sessionId, reasons }
    },
    /** How often a session was refreshed. */
    generationOf: async (sessionId: string): Promise<number> =>
      (await world.pool.query('SELECT generation FROM sessions WHERE id = $1', [sessionId])).rows[0]
        .generation,
    /** After each test. */
    tidy: (): void => {
      for (const browser of browsers.splice(0)) browser.close()
      proxy.heal()
    },
    close: async (): Promise<void> => {
      await proxy.close()
      await world.close()
    },
  }
}

/** A setting for the tests of a file: made before the first, tidied after each, closed after the last. */
export const openSetting = (): Setting => {
  const setting: Setting = Object.create(null)
  beforeAll(async () => {
    Object.assign(setting, await createSetting())
  })
  afterEach(() => setting.tidy())
  afterAll(() => setting.close())
  return setting
}
