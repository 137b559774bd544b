// The last sign-in of a browser is the one that counts, whatever is still on its way for the user before.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { eventually } from '../support/eventually.js'
import { openStage } from '../support/stage.js'
import { lifetimeSeconds, refreshTokenOf } from '../support/tabs.js'

const stage = openStage()

const untilUser = (tab: Page, email: string): Promise<void> =>
  tab
    .getByRole('status')
    .filter({ hasText: `${email} · ${email}` })
    .waitFor()

describe.each([
  ['with Web Locks', '', true],
  ['without Web Locks', 'delete Navigator.prototype.locks;', false],
] as const)('%s, while a refresh of the user before goes unanswered', (_, before, hasLocks) => {
  test.each(['logs in', 'signs out and logs in'])('who %s in another tab stays', async how => {
    const { world, proxy } = stage
    const person = await stage.signIn({ tabs: 2, before })
    const [slow, other] = person.tabs
    if (!slow || !other) throw new Error('two tabs were to open')
    expect(await slow.evaluate("'locks' in navigator")).toBe(hasLocks)
    const bob = await world.signUp()
    let letGo = (): void => {}
    const released = new Promise<void>(resolve => {
      letGo = resolve
    })
    world.advance(lifetimeSeconds + 60)
    proxy.fate = ({ operation }) => (operation === 'SignetRefresh' ? { holdAnswer: released } : null)
    const asked = slow.evaluate(() => app.ask(1))
    await eventually(async () => expect(await stage.refreshesOf(person)).toBe(1))
    proxy.fate = () => null
    proxy.requests.length = 0

    if (how !== 'logs in') expect(await other.evaluate(() => app.logOut())).toBe('ok')
    const login = other.evaluate(({ email, password }) => app.logIn({ email, password }), bob)
    if (hasLocks && how === 'logs in') {
      // The cookie that is on its way has to come first.
      await sleep(300)
      expect(proxy.countOf('SignetLogin')).toBe(0)
      letGo()
    }
    expect(await login).toBe(bob.email)
    await untilUser(slow, bob.email)
    const cookie = await refreshTokenOf(person.context)
    letGo()
    await asked
    await sleep(300)
    expect(await refreshTokenOf(person.context)).toBe(cookie)
    await Promise.all(person.tabs.map(tab => tab.reload()))
    for (const tab of person.tabs) await untilUser(tab, bob.email)
  })
})
