// How a session ends in a real browser: in all tabs, at once, with the reason, and with nothing left for the next user.
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { createAdministration, createWitness } from '../support/administration.js'
import { eventually } from '../support/eventually.js'
import type { Person } from '../support/stage.js'
import { openStage } from '../support/stage.js'
import { follow, haveBeenSignedOut, lifetimeSeconds, refreshCookies, untilShown } from '../support/tabs.js'

const stage = openStage()
let admin: Admin
beforeAll(async () => {
  admin = await signUpAdmin(stage.world)
})

const shownIn = (tabs: readonly Page[]): Promise<string[]> =>
  Promise.all(tabs.map(tab => tab.getByRole('status').innerText()))

const untilAll = (tabs: readonly Page[], status: 'signedIn' | 'signedOut') =>
  Promise.all(tabs.map(tab => untilShown(tab, status)))

/** Milliseconds from a moment until each tab showed that nobody is signed in. */
const delaysFrom = (moment: number, tabs: readonly Page[]): Promise<number[]> =>
  Promise.all(
    tabs.map(async tab => {
      const shown = await tab.evaluate(() => app.shown)
      return (shown.find(({ status }) => status === 'signedOut')?.at ?? Number.NaN) - moment
    }),
  )

describe('signing out in one tab', () => {
  test('empties the others: their caches, what they show, and the cookie', async () => {
    const person = await stage.signIn({ tabs: 3 })
    const { tab, tabs, account, context } = person
    await Promise.all(tabs.map(one => one.getByRole('status').filter({ hasText: account.email }).waitFor()))
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await untilAll(tabs, 'signedOut')
    expect(await shownIn(tabs)).toEqual(Array(3).fill('signedOut · LOGOUT'))
    for (const one of tabs) expect(await one.evaluate(() => app.cached())).toBe('{}')
    await eventually(async () => expect(await refreshCookies(context)).toEqual([]))
    await tab.reload()
    await untilShown(tab, 'signedOut')
  })

  test('and in as somebody else: nobody sees the first one’s data, queries under way or not', async () => {
    const { world, proxy } = stage
    const bob = await world.signUp()
    for (const held of ['hold', 'holdAnswer'] as const) {
      const { tabs, account } = await stage.signIn({ tabs: 2 })
      const [tab, other] = tabs
      if (!tab || !other) throw new Error('two tabs were to open')
      let letGo = (): void => {}
      const released = new Promise<void>(resolve => {
        letGo = resolve
      })
      let number = 0
      // Four of six connections; the rest is for what comes after.
      proxy.fate = ({ operation }) => (operation === 'Me' && ++number <= 4 ? { [held]: released } : null)
      const asked = Promise.all([tab, other].map(one => one.evaluate(() => app.ask(2))))
      await eventually(() => expect(number).toBe(4))
      expect(await tab.evaluate(() => app.logOut())).toBe('ok')
      expect(await tab.evaluate(({ email, password }) => app.logIn({ email, password }), bob)).toBe(bob.email)
      await Promise.all(
        [tab, other].map(one =>
          one
            .getByRole('status')
            .filter({ hasText: `${bob.email} · ${bob.email}` })
            .waitFor(),
        ),
      )
      letGo()
      // Apollo Client cancels what it knows of by itself.
      for (const outcome of (await asked).flat())
        expect(['SESSION_CHANGED', 'Invariant Violation']).toContain(outcome)
      for (const one of [tab, other]) {
        expect(await one.evaluate(() => app.cached())).not.toContain(account.email)
        const shown = await one.evaluate(() => app.shown)
        expect(shown.filter(({ user, me }) => me !== null && me !== user)).toEqual([])
        expect(await one.evaluate(() => app.faults)).toEqual([])
      }
    }
  })
})

describe('an account that is disabled', () => {
  test('shows why in every tab, by word over their sockets', async () => {
    const person = await stage.signIn({ tabs: 3 })
    const { tabs, account } = person
    await follow(stage, person)
    const moment = Date.now()
    await createAdministration(stage.world, () => admin.accessToken).disable(account.user.id)
    await untilAll(tabs, 'signedOut')
    expect(await shownIn(tabs)).toEqual(Array(3).fill('signedOut · ACCOUNT_DISABLED'))
    const delays = await delaysFrom(moment, tabs)
    for (const tab of tabs) expect(await tab.evaluate(() => app.told)).toContain('DISABLED')
    console.info(
      `Milliseconds from the word of an administrator until the tabs show it: ${delays.join(', ')}`,
    )
  })

  test('shows why in every tab, when one of them asks for anything', async () => {
    const { tab, tabs, account } = await stage.signIn({ tabs: 3 })
    await createAdministration(stage.world, () => admin.accessToken).disable(account.user.id)
    await tab.evaluate(() => app.ask(3))
    await untilAll(tabs, 'signedOut')
    expect(await shownIn(tabs)).toEqual(Array(3).fill('signedOut · ACCOUNT_DISABLED'))
  })
})

describe('a thief with a stolen refresh token', () => {
  const stealFrom = async ({ context }: Person): Promise<string> =>
    (await refreshCookies(context))[0]?.value ?? ''

  test('who comes late signs both out, and the page says why at once', async () => {
    const { world } = stage
    const person = await stage.signIn({ tabs: 2 })
    const stolen = await stealFrom(person)
    for (let round = 0; round < 2; round++) {
      world.advance(lifetimeSeconds + 60)
      await person.tab.evaluate(() => app.ask(1))
    }
    await follow(stage, person)
    const moment = Date.now()
    expect((await world.refresh(stolen)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    await untilAll(person.tabs, 'signedOut')
    expect(await shownIn(person.tabs)).toEqual(Array(2).fill('signedOut · REFRESH_TOKEN_INVALID REUSED'))
    console.info(
      `Milliseconds from a replay until the tabs show it: ${(await delaysFrom(moment, person.tabs)).join(', ')}`,
    )
    // What the thief may hold is of no use either.
    const [current = ''] = [await stealFrom(person)]
    expect((await world.refresh(current)).error.extensions).toMatchObject({ sessionEndReason: 'REUSED' })
  })

  test('who comes first is signed out with the page, by its next refresh, and the page says why', async () => {
    const { world } = stage
    const person = await stage.signIn({ tabs: 2 })
    const thief = await world.refresh(await stealFrom(person))
    const { accessToken } = thief.data.refresh
    const witness = createWitness(world)
    await witness.expectAccepted(accessToken)
    world.advance(60)
    await Promise.all(person.tabs.map(tab => tab.evaluate(() => app.ask(1))))
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
    world.advance(lifetimeSeconds)
    await person.tab.evaluate(() => app.ask(1))
    await untilAll(person.tabs, 'signedOut')
    expect(await shownIn(person.tabs)).toEqual(Array(2).fill('signedOut · REFRESH_TOKEN_REUSED'))
    expect((await witness.ask(accessToken)).status).toBe(401)
    const [, next = ''] = /__Host-signet_rt=([^;]+)/.exec(thief.headers.getSetCookie().join()) ?? []
    expect((await world.refresh(next)).error.extensions).toMatchObject({ sessionEndReason: 'REUSED' })
  })
})
