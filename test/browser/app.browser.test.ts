// An app as React and graphql-ws run it: subscriptions past the expiry of their token, and StrictMode.
import { describe, expect, test } from '@jest/globals'
import { openStage } from '../support/stage.js'
import {
  follow,
  haveBeenSignedOut,
  letSleep,
  lifetimeSeconds,
  untilShown,
  untilTold,
} from '../support/tabs.js'

const stage = openStage()

describe('a subscription', () => {
  test('goes on past the expiry of its token, with a fresh one, whether the page was awake or not', async () => {
    const { world } = stage
    const person = await stage.signIn({ tabs: 2, hasClock: true })
    await follow(stage, person)
    for (let round = 1; round <= 3; round++) {
      if (round === 2) await letSleep(stage, person, lifetimeSeconds * 10)
      else world.advance(lifetimeSeconds + 1)
      for (const tab of person.tabs)
        await tab.waitForFunction(count => app.connected.length > count, round, { timeout: 20_000 })
    }
    for (const tab of person.tabs) expect(await tab.evaluate(() => app.closed)).toEqual([4401, 4401, 4401])
    await untilTold(stage, person)
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
    expect(await stage.refreshesOf(person)).toBe(3)
  })

  test('comes back after the network was cut', async () => {
    const person = await stage.signIn()
    await follow(stage, person)
    await stage.proxy.refuse()
    await person.tab.waitForFunction(() => app.closed.length > 2)
    await stage.proxy.heal()
    await person.tab.waitForFunction(() => app.connected.length > 1)
    await untilTold(stage, person)
    expect(await stage.refreshesOf(person)).toBe(0)
  })
})

describe('in StrictMode', () => {
  test('a form logs in once, and a start refreshes once', async () => {
    const { world, proxy } = stage
    const account = await world.signUp()
    const context = await stage.openContext()
    const tab = await stage.openTab(context)
    await untilShown(tab, 'signedOut')
    expect(proxy.countOf('SignetRefresh')).toBe(1)
    proxy.requests.length = 0
    await tab.getByLabel('E-mail').fill(account.email)
    await tab.getByLabel('Password').fill('not the one')
    await tab.getByRole('button', { name: 'Log in' }).click()
    await tab.getByRole('alert').filter({ hasText: 'INVALID_CREDENTIALS' }).waitFor()
    await tab.getByLabel('E-mail').fill(account.email)
    await tab.getByLabel('Password').fill(account.password)
    await tab.getByRole('button', { name: 'Log in' }).click()
    await tab
      .getByRole('status')
      .filter({ hasText: `${account.email} · ${account.email}` })
      .waitFor()
    expect(proxy.countOf('SignetLogin')).toBe(2)
    expect(proxy.countOf('Me')).toBe(1)
    await tab.reload()
    await untilShown(tab, 'signedIn')
    expect(proxy.countOf('SignetRefresh')).toBe(1)
    expect(await tab.evaluate(() => app.faults)).toEqual([])
  })
})
