import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { MeDocument } from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import { createAdministration } from '../support/administration.js'
import { eventually } from '../support/eventually.js'
import type { ExampleApp, Visit } from '../support/example-app.js'
import { createExampleApp } from '../support/example-app.js'
import { newAccount } from '../support/world.js'

const wide = { width: 1280, height: 800 }
const narrow = { width: 360, height: 740 }

let app: ExampleApp
let axe: string
let administration: ReturnType<typeof createAdministration>

beforeAll(async () => {
  app = await createExampleApp()
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const { accessToken } = await signUpAdmin(app.world)
  administration = createAdministration(app.world, () => accessToken)
}, 60_000)
afterAll(() => app?.close())

/** What axe finds on the page as it is, and by how much it is wider than the screen. */
const flawsOf = async (page: Page, viewport: typeof wide): Promise<string[]> => {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  for (const size of [wide, narrow]) {
    await page.setViewportSize(size)
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    if (overflow > 0) found.push(`${overflow} pixels wider than ${size.width}`)
  }
  await page.setViewportSize(viewport)
  return found
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })
const password = (page: Page, label = 'Password') => page.getByLabel(label, { exact: true })

const logIn = async (page: Page, account: { email: string; password: string }): Promise<void> => {
  await page.getByLabel('E-mail address').fill(account.email)
  await password(page).fill(account.password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** A new user, signed in at a page of the app. */
const signedIn = async (path = '/'): Promise<Visit & { account: Awaited<ReturnType<typeof signUp>> }> => {
  const account = await signUp()
  const visit = await app.visit({}, path)
  await logIn(visit.page, account)
  await eventually(() => expect(visit.subscriptions()).toBe(1))
  return { ...visit, account }
}

/** A new user, who is signed in elsewhere, in Node. */
const signUp = () => app.world.signUp({ name: 'Ada Lovelace' })

describe.each([
  ['light', wide],
  ['dark', narrow],
] as const)('in %s colours', (colorScheme, viewport) => {
  test('axe finds nothing on any page, and nothing is wider than a small screen', async () => {
    const { page, faults, close } = await app.visit({ colorScheme, viewport })
    const account = newAccount()
    const flaws: Record<string, string[]> = {}
    const look = async (name: string): Promise<void> => {
      flaws[name] = await flawsOf(page, viewport)
    }

    await heading(page, 'Log in').waitFor()
    await look('log in')
    await logIn(page, account)
    await page.getByText('do not belong together').waitFor()
    await look('log in, refused')
    await page.getByRole('link', { name: 'Make an account' }).click()
    await password(page).fill('short')
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('Use at least 8 characters.').waitFor()
    await look('sign up, weak password')
    await password(page).fill(account.password)
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('1 device').waitFor()
    await look('overview')
    await page.getByRole('link', { name: 'Devices' }).click()
    await page.getByText('Nowhere else').waitFor()
    await look('devices, one')
    await app.world.logIn(account)
    await page.getByText('New sign-in').waitFor()
    await page.getByRole('button', { name: 'Sign out node' }).waitFor()
    await look('devices, two and a notice')
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('dialog', { name: 'Sign out everywhere?' }).waitFor()
    await look('devices, asked back')
    await page.keyboard.press('Escape')
    await page.context().setOffline(true)
    await page.getByText('You stay signed in').waitFor()
    await look('without a connection')
    await page.context().setOffline(false)
    await page.getByText('You stay signed in').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Password' }).click()
    await password(page, 'Current password').fill('not this one')
    await password(page, 'New password').fill(account.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('This is not your current password.').waitFor()
    await look('password, refused')
    await page.goto(`${app.url}/nowhere`)
    await heading(page, 'Nothing here').waitFor()
    await look('no such page')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You have signed out.').waitFor()
    await look('signed out')
    await page.route(/graphql/, route => route.abort())
    await page.reload()
    await page.getByText('No connection yet').waitFor()
    await look('starting without a connection')

    expect(flaws).toEqual(Object.fromEntries(Object.keys(flaws).map(name => [name, []])))
    expect(faults).toEqual([])
    await close()
  }, 60_000)
})

test('everything can be done by keyboard, and the focus goes where reading goes on', async () => {
  const { page, close } = await app.visit()
  await heading(page, 'Log in').waitFor()
  const focused = () => page.evaluate<string>('document.activeElement.textContent')
  const tabTo = async (name: string): Promise<void> => {
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('Tab')
      const label = await page.evaluate<string>(
        '(document.activeElement.labels?.[0] ?? document.activeElement).textContent',
      )
      if (label === name) return
    }
    throw new Error(`no Tab leads to ${name}`)
  }
  const account = newAccount()

  await tabTo('Make an account')
  await page.keyboard.press('Enter')
  await heading(page, 'Make an account').waitFor()
  expect(await focused()).toBe('Make an account')
  await tabTo('E-mail address')
  await page.keyboard.type(account.email)
  await tabTo('Password')
  await page.keyboard.type('short')
  await page.keyboard.press('Enter')
  await page.getByText('Use at least 8 characters.').waitFor()
  const field = password(page)
  expect(await page.locator(':focus').getAttribute('name')).toBe('password')
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  const ids = (await field.getAttribute('aria-describedby'))?.split(' ') ?? []
  expect(await Promise.all(ids.map(id => page.locator(`[id="${id}"]`).textContent()))).toEqual([
    'Use at least 8 characters.',
    'Long, and in use nowhere else. A few words are good.',
  ])
  await page.keyboard.press('Control+A')
  await page.keyboard.type(account.password)
  await page.keyboard.press('Enter')
  await heading(page, /^Hello/).waitFor()
  expect(await focused()).toMatch(/^Hello/)
  expect(await page.title()).toMatch(/^Hello/)
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  expect(await focused()).toBe('Password')
  await page.keyboard.press('Enter')
  await heading(page, 'Password').waitFor()
  expect(await focused()).toBe('Password')
  await close()
})

test('password managers are told which field is which', async () => {
  const autocomplete = async (page: Page) =>
    Promise.all((await page.locator('input').all()).map(input => input.getAttribute('autocomplete')))
  const { page, close } = await app.visit()
  await heading(page, 'Log in').waitFor()
  expect(await autocomplete(page)).toEqual(['username', 'current-password'])
  await page.getByRole('link', { name: 'Make an account' }).click()
  await heading(page, 'Make an account').waitFor()
  expect(await autocomplete(page)).toEqual(['name', 'username', 'new-password'])
  const account = await signUp()
  await page.getByRole('link', { name: 'Log in' }).click()
  await logIn(page, account)
  await page.getByRole('link', { name: 'Password' }).click()
  await heading(page, 'Password').waitFor()
  expect(await autocomplete(page)).toEqual(['username', 'current-password', 'new-password'])
  await close()
})

test('the overview asks five queries, and a sign-in on another device shows up in it by itself', async () => {
  const { page, account, sent, close } = await signedIn()
  await page.getByText('2 devices').waitFor()
  const asked = sent.filter(name => !['SignetRefresh', 'SignetLogin'].includes(name))
  expect(asked.sort()).toEqual(['DeviceCount', 'Profile', 'Roles', 'ThisDevice', 'Token'])
  await app.world.logIn(account)
  await page.getByText('New sign-in with your account: node.').waitFor()
  await page.getByText('3 devices').waitFor()
  await close()
})

test('one device of the list is signed out, and the focus is not lost with its button', async () => {
  const { page, account, close } = await signedIn('/devices')
  await page.getByRole('button', { name: 'Sign out node' }).click()
  await page.getByText('node is signed out.').waitFor()
  expect(await page.evaluate<string>('document.activeElement.tagName')).toBe('H1')
  const { error } = await app.world.run(MeDocument, {}, { token: account.accessToken })
  expect(error.extensions).toMatchObject({ code: 'UNAUTHENTICATED', sessionEndReason: 'LOGOUT' })
  await close()
})

test('signing out everywhere ends this session and the others', async () => {
  const { page, account, close } = await signedIn('/devices')
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByText('You have signed out.').waitFor()
  expect((await app.world.run(MeDocument, {}, { token: account.accessToken })).status).toBe(401)
  await close()
})

test('signing out everywhere asks first: by keyboard too, and whoever cancels stays signed in', async () => {
  const { page, account, sent, close } = await signedIn('/devices')
  const focused = () => page.evaluate<string>('document.activeElement.textContent')
  const everywhere = page.getByRole('button', { name: 'Sign out everywhere' })
  await everywhere.focus()
  for (const way of ['Enter', 'Escape']) {
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Sign out everywhere?' }).waitFor()
    expect(await focused()).toBe('Cancel')
    await page.keyboard.press(way)
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await focused()).toBe('Sign out everywhere')
  }
  expect(sent).not.toContain('LogoutEverywhere')
  expect((await app.world.run(MeDocument, {}, { token: account.accessToken })).status).toBe(200)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('You have signed out.').waitFor()
  expect(sent).toContain('LogoutEverywhere')
  await close()
})

test('a notice is gone with its page, also when one comes back to it', async () => {
  const { page, account, close } = await signedIn('/devices')
  await app.world.logIn(account)
  const notice = page.getByText('New sign-in')
  await notice.waitFor()
  for (const name of ['Password', 'Devices']) {
    await page.getByRole('link', { name }).click()
    await heading(page, name).waitFor()
    expect(await notice.count()).toBe(0)
  }
  await close()
})

test('who logs in while the server cannot be told of a sign-out is told why, and not kept waiting', async () => {
  const { page, account, close } = await signedIn()
  await page.route(/graphql/, route =>
    route.request().postData()?.includes('SignetLogout') ? route.abort() : route.continue(),
  )
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('Signet cannot be reached right now').waitFor()
  await logIn(page, account)
  await heading(page, /^Hello/).waitFor()
  await close()
})

test('a new password signs out the other devices, and this one goes on', async () => {
  const { page, account, close } = await signedIn('/password')
  const other = await app.visit({}, '/devices')
  await logIn(other.page, account)
  await heading(other.page, 'Devices').waitFor()
  await page.getByText('New sign-in').waitFor()
  await password(page, 'Current password').fill(account.password)
  await password(page, 'New password').fill(newAccount().password)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Your password is changed').waitFor()
  await other.page.getByText('Your password was changed on another device.').waitFor()
  await page.reload()
  await heading(page, 'Password').waitFor()
  await Promise.all([close(), other.close()])
})

test('a changed role shows at once, and a ban says why within a second', async () => {
  const { page, account, close } = await signedIn()
  await app.world.logIn(account)
  await page.getByText('New sign-in').waitFor()
  await administration.setRoles(account.user.id, ['editor'])
  await page.getByText('Your roles have changed.').waitFor()
  await page.getByText('editor').waitFor()
  const shown = page.getByText('This account has been disabled.').waitFor()
  await administration.disable(account.user.id)
  const bannedAt = performance.now()
  await shown
  expect(performance.now() - bannedAt).toBeLessThan(1_000)
  await logIn(page, account)
  await page.getByText('This account has been disabled.').nth(1).waitFor()
  await close()
})

test('without a connection the user stays signed in, and the page catches up', async () => {
  const { page, account, close } = await signedIn()
  await page.getByText('2 devices').waitFor()
  await page.context().setOffline(true)
  await page.getByText('No connection. You stay signed in').waitFor()
  await page.getByRole('button', { name: 'Ask all five again' }).click()
  await app.world.logIn(account)
  await page.context().setOffline(false)
  await page.getByText('3 devices').waitFor()
  await page.getByText('No connection. You stay signed in').waitFor({ state: 'detached' })
  await close()
})

test('a log-in that is refused says what to do about it', async () => {
  const { page, close } = await app.visit()
  await heading(page, 'Log in').waitFor()
  for (const [code, details, words] of [
    ['RATE_LIMITED', { retryAfterSeconds: 42 }, 'Try again in 42 seconds.'],
    ['UNAVAILABLE', { retryAfterSeconds: 1 }, 'no connection'],
    ['FORBIDDEN', { reason: 'ORIGIN' }, 'its origin is not in SIGNET_ALLOWED_ORIGINS'],
    ['INTERNAL_SERVER_ERROR', {}, 'no connection'],
    ['BAD_USER_INPUT', {}, 'Something went wrong'],
  ] as const) {
    await page.route(/graphql/, route =>
      route.fulfill({
        headers: { 'access-control-allow-origin': app.url, 'access-control-allow-credentials': 'true' },
        json: { errors: [{ message: code, extensions: { code, ...details } }], data: null },
      }),
    )
    await logIn(page, newAccount())
    await page.getByRole('alert').filter({ hasText: words }).waitFor()
    await page.unroute(/graphql/)
  }
  await close()
})

test('an address that is taken leads to the log-in form, where it is filled in', async () => {
  const account = await signUp()
  const { page, close } = await app.visit({}, '/sign-up')
  await page.getByLabel('E-mail address').fill(account.email)
  await password(page).fill(account.password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('link', { name: 'Log in with it' }).click()
  await heading(page, 'Log in').waitFor()
  expect(await page.getByLabel('E-mail address').inputValue()).toBe(account.email)
  await close()
})

test('when the token expires the page refreshes once, and goes on being told what happens', async () => {
  const { page, account, sent, subscriptions, close } = await signedIn()
  await page.getByText('2 devices').waitFor()
  const refreshes = () => sent.filter(name => name === 'SignetRefresh').length
  const before = refreshes()
  app.world.advance(16 * 60)
  await page.getByRole('button', { name: 'Ask all five again' }).click()
  await page.getByText('Answered at').waitFor()
  await eventually(() => expect(subscriptions()).toBe(2))
  expect(refreshes()).toBe(before + 1)
  await app.world.logIn(account)
  await page.getByText('New sign-in').waitFor()
  await page.getByText('3 devices').waitFor()
  await close()
})
