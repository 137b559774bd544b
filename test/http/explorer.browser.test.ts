// The playground as a stranger meets it: a fresh profile of a real Chromium against a real Signet.
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.js'
import { eventually } from '../support/eventually.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const tabNames = ['1 Sign up', '2 Log in', '3 Who am I', '4 My sessions', '5 Refresh', '6 Log out']
const email = 'ada@example.com'

let world: World
let browser: Browser

beforeAll(async () => {
  world = await createWorld()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await world?.close()
})

/** A page of a fresh profile, what it asked for and what went wrong in it. */
const openPage = async (path: string) => {
  const context = await browser.newContext({ reducedMotion: 'reduce' })
  context.setDefaultTimeout(20_000)
  const [requests, faults]: [string[], string[]] = [[], []]
  context.on('request', request => requests.push(request.url()))
  context.on('console', message => {
    if (message.type() === 'error') faults.push(message.text())
  })
  context.on('weberror', webError => faults.push(String(webError.error())))
  const page = await context.newPage()
  page.on('websocket', socket => requests.push(socket.url()))
  await page.goto(`${world.url}${path}`)
  return { page, requests, faults }
}

const shownTabs = async (page: Page): Promise<string[]> => {
  const names = page.locator('.window-switcher__item > .window-switcher__input')
  await names.nth(tabNames.length - 1).waitFor()
  return (await names.allInnerTexts()).map(name => name.trim())
}

const openTab = (page: Page, name: string): Promise<void> =>
  page.locator('.window-switcher__item', { hasText: name }).click()

interface Result {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
}

// The answer as it is on the screen.
const send = async (page: Page): Promise<Result> => {
  const result = page.locator('app-query-result')
  const clear = result.getByRole('button', { name: 'Clear' })
  if (await clear.isVisible()) await clear.click()
  const lines = result.locator('.cm-line')
  await lines.first().waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Send Request' }).click()
  await lines.last().filter({ hasText: '}' }).waitFor()
  return JSON.parse((await lines.allTextContents()).join('\n')) as Result
}

/** Presses "Send Request" in a tab, and where its script keeps something, waits until that is said to be kept. */
const run = async (page: Page, name: string, kept?: string): Promise<Result> => {
  await openTab(page, name)
  const result = await send(page)
  if (kept) {
    const notice = page.locator('[toast-component]', { hasText: 'Updated active environment variables' })
    await notice.filter({ hasText: kept }).waitFor()
    // It goes by itself too, and on a slow machine before it can be pressed.
    const gone = notice.waitFor({ state: 'detached' })
    notice
      .getByRole('button', { name: 'Close' })
      .click()
      .catch(() => {})
    await gone
  }
  return result
}

const tokens = 'accessToken, refreshToken, authorization'

describe('a stranger with a browser', () => {
  test('signs up, looks around, refreshes and signs out, without leaving the origin', async () => {
    const { page, requests, faults } = await openPage('/')
    expect(await shownTabs(page)).toEqual(tabNames)
    // The first tab is open, and what will be sent is in sight.
    await page.locator('app-variables-editor').getByText(email).waitFor()

    expect((await run(page, '3 Who am I')).data).toMatchObject({ me: null, viewer: null })

    expect((await run(page, '1 Sign up', tokens)).data).toMatchObject({ signup: { user: { email } } })
    expect((await run(page, '3 Who am I')).data).toMatchObject({ me: { email } })
    expect((await run(page, '4 My sessions')).data).toMatchObject({ sessions: [{ current: true }] })
    expect((await run(page, '5 Refresh', tokens)).errors).toBeUndefined()
    expect((await run(page, '3 Who am I')).data).toMatchObject({ me: { email } })
    expect((await run(page, '5 Refresh', tokens)).errors).toBeUndefined()
    expect((await run(page, '6 Log out', tokens)).data).toMatchObject({ logout: { sessionsEnded: 1 } })
    expect((await run(page, '3 Who am I')).data).toMatchObject({ me: null })

    // The account is there now: signing up says so, and tab 2 goes on.
    const [taken] = (await run(page, '1 Sign up', 'email, password')).errors ?? []
    expect(taken?.extensions.code).toBe('EMAIL_TAKEN')
    expect((await run(page, '2 Log in', tokens)).data).toMatchObject({ login: { user: { email } } })

    // Altair writes its state once a second.
    await page.waitForTimeout(2000)
    await page.reload()
    expect(await shownTabs(page)).toEqual(tabNames)
    expect((await run(page, '3 Who am I')).data).toMatchObject({ me: { email } })

    expect(requests.length).toBeGreaterThan(20)
    expect(requests.filter(url => !url.startsWith(`${world.url}/`) && !url.startsWith('data:'))).toEqual([])
    expect(faults).toEqual([])
  }, 180_000)

  test('finds the same page at the address of the endpoint, and loads the schema', async () => {
    const { page, faults } = await openPage('/graphql')
    expect(await shownTabs(page)).toEqual(tabNames)
    // The scripts of these two run after introspection too, and must not take it for their own answer.
    for (const name of ['1 Sign up', '6 Log out']) {
      await openTab(page, name)
      await page.locator('[track-id=reload_docs]').click()
      await page.locator('[toast-component]', { hasText: 'Reloaded doc successfully' }).first().waitFor()
    }
    expect(await page.getByText('Updated active environment variables').count()).toBe(0)
    expect(faults).toEqual([])
  }, 90_000)
})

test('a subscription in the playground goes over WebSocket, with the token that the tabs keep', async () => {
  const account = { email, password: 'violet-anchor-meadow-27' }
  // Another test may have signed it up.
  await world.signUp(account).catch(() => {})
  const { page, faults } = await openPage('/')
  await shownTabs(page)
  await run(page, '2 Log in', tokens)
  await openTab(page, '3 Who am I')
  await page
    .locator('app-query-editor .cm-content')
    .first()
    .fill('subscription { sessionEvents { __typename at } }')
  // From the moment that it is there: whoever asks for its next frame may be told too late.
  const frames: string[] = []
  page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => frames.push(`sent ${payload}`))
    socket.on('framereceived', ({ payload }) => frames.push(`received ${payload}`))
  })
  const opened = page.waitForEvent('websocket')
  await page.getByRole('button', { name: 'Send Request' }).click()
  expect((await opened).url()).toBe(`${world.url.replace('http', 'ws')}/graphql`)
  const untilFrame = (pattern: RegExp) =>
    eventually(() => expect(frames).toContainEqual(expect.stringMatching(pattern)))
  await untilFrame(/^sent .*sessionEvents/s)
  await world.logIn(account)
  await untilFrame(/^received .*SignedIn/s)
  expect(faults).toEqual([])
}, 90_000)

/** The status of a GET whose path is sent as it is written, which `fetch` would not do. */
const statusOf = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(world.url)
    const request = httpRequest({ hostname, port, path }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject)
    request.end()
  })

test('only files of the playground are served below its path', async () => {
  const page = await (await fetch(world.url)).text()
  const base = /<base href="([^"]+)">/.exec(page)?.[1] ?? ''
  expect(base).toMatch(/^\/explorer\/[0-9a-f]{12}\/$/)
  const main = await fetch(`${world.url}${base}main.js`, { method: 'HEAD' })
  expect(Object.fromEntries(main.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  for (const name of [
    '',
    'assets',
    'assets/',
    'assets/i18n/',
    'index.html',
    'iframe-sandbox/index.html',
    '../../package.json',
    '%2e%2e/%2e%2e/package.json',
    '..%2f..%2fpackage.json',
    '..\\..\\package.json',
    'assets/../../../package.json',
    'main.js%00',
    'main.js%00.css',
    '/main.js',
    '/etc/passwd',
    '__proto__',
    'constructor',
  ]) {
    expect({ name, status: await statusOf(`${base}${name}`) }).toEqual({ name, status: 404 })
  }
  expect(await statusOf('/explorer/')).toBe(404)
})
