// A Signet, an app at an origin of its own, a proxy between the two, and a real browser: in it, a user with some tabs.
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Hostile, PageApp } from '../browser/page/page-app.js'
import type { Admin } from './admin.js'
import { signUpAdmin } from './admin.js'
import type { BrowserProxy } from './browser-proxy.js'
import { createBrowserProxy } from './browser-proxy.js'
import { launchChromium } from './chromium.js'
import type { PageServer } from './page-server.js'
import { servePages } from './page-server.js'
import { untilShown } from './tabs.js'
import type { World } from './world.js'
import { createWorld } from './world.js'

declare global {
  /** Of the app's page; there is none in Node. */
  var app: PageApp
  /** Of the foreign page. */
  var hostile: Hostile
}

/** An account, and the browser in which it is signed in. */
export interface Person {
  readonly account: Admin
  readonly context: BrowserContext
  readonly tabs: readonly Page[]
  /** The first of the tabs. */
  readonly tab: Page
  /** How often the session had been refreshed when all tabs were open. */
  readonly refreshesBefore: number
}

interface PersonOptions {
  readonly tabs?: number
  /** Whether the test moves the clock of the pages. */
  readonly hasClock?: boolean
  /** A script that runs in each page before anything else. */
  readonly before?: string
}

export interface Stage {
  readonly world: World
  readonly proxy: BrowserProxy
  readonly pages: PageServer
  /** Where the app is. */
  readonly address: string
  openContext(options?: PersonOptions): Promise<BrowserContext>
  openTab(context: BrowserContext): Promise<Page>
  /** A new user who is an administrator, signed in, in a browser of their own. */
  signIn(options?: PersonOptions): Promise<Person>
  /** How often the server has moved a person's session on, since all tabs are open. */
  refreshesOf(person: Person): Promise<number>
  /** After each test. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/** Starts all of it. */
const createStage = async (): Promise<Stage> => {
  const pages = await servePages()
  const world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: pages.origin } })
  const [proxy, browser]: [BrowserProxy, Browser] = await Promise.all([
    createBrowserProxy(world.url),
    launchChromium(),
  ])
  const address = `${pages.origin}/?signet=${encodeURIComponent(proxy.url)}`
  const contexts: BrowserContext[] = []

  const stage: Stage = {
    world,
    proxy,
    pages,
    address,
    openContext: async ({ hasClock = false, before } = {}) => {
      const context = await browser.newContext()
      contexts.push(context)
      context.setDefaultTimeout(20_000)
      if (hasClock) await context.clock.install()
      if (before) await context.addInitScript({ content: before })
      return context
    },
    openTab: async context => {
      const tab = await context.newPage()
      await tab.goto(address)
      return tab
    },
    signIn: async (options = {}) => {
      const [account, context] = await Promise.all([signUpAdmin(world), stage.openContext(options)])
      const tab = await stage.openTab(context)
      await untilShown(tab, 'signedOut')
      const { email, password } = account
      expect(await tab.evaluate(input => app.logIn(input), { email, password })).toBe(email)
      const others = Array.from({ length: (options.tabs ?? 1) - 1 }, async () => {
        const next = await stage.openTab(context)
        await untilShown(next, 'signedIn')
        return next
      })
      const tabs = [tab, ...(await Promise.all(others))]
      await Promise.all(tabs.map(one => one.evaluate(() => void app.shown.splice(0))))
      proxy.requests.length = 0
      const person = { account, context, tabs, tab, refreshesBefore: 0 }
      return { ...person, refreshesBefore: await stage.refreshesOf(person) }
    },
    refreshesOf: async ({ account, refreshesBefore }) => {
      const { rows } = await world.pool.query(
        "SELECT sum(generation)::int AS count FROM sessions WHERE user_id = $1 AND delivery = 'COOKIE'",
        [account.user.id],
      )
      return rows[0].count - refreshesBefore
    },
    tidy: async () => {
      await proxy.heal()
      await Promise.all(contexts.splice(0).map(context => context.close()))
    },
    close: async () => {
      await browser.close()
      await Promise.all([proxy.close(), pages.close()])
      await world.close()
    },
  }
  return stage
}

/** A stage for the tests of a file: started before the first, tidied after each, closed after the last. */
export const openStage = (): Stage => {
  const stage: Stage = Object.create(null)
  beforeAll(async () => {
    Object.assign(stage, await createStage())
  })
  afterEach(() => stage.tidy())
  afterAll(() => stage.close())
  return stage
}
