// What a script and whoever reads the browser's storage can get hold of, and what the cookie is like.
import { describe, expect, test } from '@jest/globals'
import type { Page, Response } from 'playwright-core'
import { eventually } from '../support/eventually.js'
import { heapOf } from '../support/heap.js'
import type { Person } from '../support/stage.js'
import { openStage } from '../support/stage.js'
import {
  expectAnswers,
  lifetimeSeconds,
  refreshCookies,
  refreshTokenOf,
  untilShown,
} from '../support/tabs.js'

const stage = openStage()

describe('the storage of the browser', () => {
  /** Looks whether what is stored is a token of this moment, or looks like one. */
  const expectNoToken = async ({ context }: Pick<Person, 'context'>, tab: Page): Promise<string> => {
    const stored = await tab.evaluate(() => app.stored())
    const accessToken = await tab.evaluate(() => app.accessToken())
    const refreshToken = await refreshTokenOf(context)
    expect(refreshToken).toMatch(/^signet_rt_/)
    expect(accessToken).toMatch(/^eyJ/)
    for (const token of [accessToken ?? '', refreshToken]) expect(stored).not.toContain(token)
    // Neither of any other moment.
    expect(stored).not.toMatch(/signet_rt_|eyJ[\w-]{20}/)
    return stored
  }

  test('holds no token: not after a login, in a refresh, after one, after a reload or in another tab', async () => {
    const person = await stage.signIn({ tabs: 2 })
    const { tab, tabs } = person
    for (const one of tabs) await expectNoToken(person, one)

    // In the middle of a refresh what it is named by is kept, and no more.
    stage.world.advance(lifetimeSeconds + 60)
    let letGo = (): void => {}
    const released = new Promise<void>(resolve => {
      letGo = resolve
    })
    stage.proxy.fate = ({ operation }) => (operation === 'SignetRefresh' ? { holdAnswer: released } : null)
    const asked = tab.evaluate(() => app.ask(3))
    await eventually(async () => expect(await stage.refreshesOf(person)).toBe(1))
    const { local, ...rest } = JSON.parse(await tab.evaluate(() => app.stored()))
    const { attemptId } = JSON.parse(
      stage.proxy.requests.find(({ operation }) => operation === 'SignetRefresh')?.body ?? '{}',
    ).variables.input
    const key = `signet ${stage.proxy.url}/graphql attempt`
    expect(local).toEqual({ [key]: attemptId })
    expect(rest).toMatchObject({ session: {}, databases: [], cacheNames: [], cookie: '', workers: 0 })
    letGo()
    expect(await asked).toEqual(Array(3).fill(person.account.email))
    const answered = expect.stringMatching(`^${attemptId} \\d+$`)
    expect(JSON.parse(await expectNoToken(person, tab)).local).toEqual({ [key]: answered })

    await tab.reload()
    await untilShown(tab, 'signedIn')
    await expectNoToken(person, tab)
    await expectNoToken(person, await stage.openTab(person.context))
  })

  test('and the memory of the page never holds the refresh token', async () => {
    const person = await stage.signIn()
    const tokens = [await refreshTokenOf(person.context)]
    for (let round = 0; round < 2; round++) {
      stage.world.advance(lifetimeSeconds + 60)
      await person.tab.evaluate(() => app.ask(3))
      tokens.push(await refreshTokenOf(person.context))
    }
    expect(new Set(tokens).size).toBe(3)
    const accessToken = await person.tab.evaluate(() => app.accessToken())
    const heap = await heapOf(person.tab)
    // What the page does hold is found in this way.
    expect(heap.includes(accessToken ?? '?')).toBe(true)
    for (const token of tokens) expect(heap.includes(token.slice(0, 40))).toBe(false)
  })
})

const fill = `for (let length = 2 ** 22, count = 0; length >= 1; length /= 2) {
  try { localStorage.setItem('fill ' + count++, 'x'.repeat(length)) } catch {}
}`

test('a storage that is full costs nobody the session: it is refreshed, and can be signed out of', async () => {
  const person = await stage.signIn({ tabs: 2, before: fill })
  const refused =
    "(() => { try { localStorage.setItem('more', '12') } catch (error) { return error.name } })()"
  expect(await person.tab.evaluate(refused)).toBe('QuotaExceededError')
  for (let round = 0; round < 2; round++) {
    stage.world.advance(lifetimeSeconds + 60)
    await expectAnswers(person, 3)
  }
  expect(await person.tab.evaluate(() => app.logOut())).toBe('ok')
  await untilShown(person.tabs[1] ?? person.tab, 'signedOut')
})

test('a storage that is full still has room for a sign-out that the server could not be told of', async () => {
  const { tab } = await stage.signIn()
  await tab.evaluate(fill)
  stage.proxy.fate = ({ operation }) => (operation === 'SignetLogout' ? { cut: 'before' } : null)
  await tab.evaluate(() => void app.logOut())
  await untilShown(tab, 'signedOut')
  await tab.reload()
  await untilShown(tab, 'signedOut')
})

test('a storage that cannot be written, and a tab that is closed while its sign-out is on the way, leave no session behind', async () => {
  const before = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
  const person = await stage.signIn({ before })
  let letGo = (): void => {}
  const released = new Promise<void>(resolve => {
    letGo = resolve
  })
  stage.proxy.fate = ({ operation }) => (operation === 'SignetLogout' ? { hold: released } : null)
  await person.tab.evaluate(() => void app.logOut())
  await eventually(() => expect(stage.proxy.countOf('SignetLogout')).toBe(1))
  await person.tab.close()
  // Until the connection would be broken.
  await new Promise(resolve => setTimeout(resolve, 300))
  letGo()
  await eventually(async () => {
    const { rows } = await stage.world.pool.query(
      "SELECT end_reason FROM sessions WHERE user_id = $1 AND delivery = 'COOKIE'",
      [person.account.user.id],
    )
    expect(rows).toEqual([{ end_reason: 'LOGOUT' }])
  })
})

test('the cookie is as promised, in every answer that sets it and in the browser', async () => {
  const context = await stage.openContext()
  const lines: string[] = []
  context.on('response', (response: Response) => {
    void response
      .headersArray()
      .then(headers =>
        lines.push(
          ...headers.filter(({ name }) => name.toLowerCase() === 'set-cookie').map(one => one.value),
        ),
      )
      .catch(() => {})
  })
  const tab = await stage.openTab(context)
  await untilShown(tab, 'signedOut')
  const { email, password } = await stage.world.signUp()
  await tab.evaluate(input => app.logIn(input), { email, password })
  const [first] = await refreshCookies(context)
  stage.world.advance(lifetimeSeconds + 60)
  await tab.evaluate(() => app.ask(1))
  const [second] = await refreshCookies(context)
  expect(first?.value).toMatch(/^signet_rt_/)
  expect(second?.value).not.toBe(first?.value)
  for (const cookie of [first, second]) {
    expect(cookie).toMatchObject({
      name: '__Host-signet_rt',
      // Without a domain: of this host alone, not of those below it.
      domain: 'localhost',
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    })
    // It outlives the browser, and no longer than a session does that is not used.
    expect(cookie?.expires).toBeGreaterThan(Date.now() / 1000 + 6 * 86_400)
    expect(cookie?.expires).toBeLessThan(Date.now() / 1000 + 8 * 86_400)
  }
  await eventually(() => expect(lines).toHaveLength(2))
  for (const line of lines) {
    expect(line).toMatch(
      /^__Host-signet_rt=signet_rt_[\w-]+; Path=\/; Expires=[^;]+ GMT; HttpOnly; Secure; SameSite=Strict$/,
    )
  }
  expect(await tab.evaluate(() => app.logOut())).toBe('ok')
  expect(await refreshCookies(context)).toEqual([])
})
