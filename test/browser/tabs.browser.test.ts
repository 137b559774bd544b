// Tabs that hang, crash and go, and browsers that lack what tabs share: none of them costs another its session.
import { describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { eventually } from '../support/eventually.js'
import { openStage } from '../support/stage.js'
import { expectAnswers, haveBeenSignedOut, letSleep, lifetimeSeconds, untilShown } from '../support/tabs.js'

const stage = openStage()

const longerThanGraceSeconds = 120

describe('a tab that goes in the middle of a refresh, with the lock', () => {
  const leaving: Record<string, (tab: Page) => Promise<unknown>> = {
    'is closed': tab => tab.close(),
    crashes: async tab => {
      const crashed = tab.waitForEvent('crash')
      await Promise.all([crashed, tab.goto('chrome://crash').catch(() => {})])
    },
    'goes to another page': tab => tab.goto('about:blank'),
  }

  test.each(Object.keys(leaving))('because it %s, does not block the others', async how => {
    const { world, proxy } = stage
    const person = await stage.signIn({ tabs: 3 })
    const [dying, ...others] = person.tabs
    for (const held of ['hold', 'holdAnswer'] as const) {
      const going = held === 'hold' ? dying : await stage.openTab(person.context)
      if (!going) throw new Error('three tabs were to open')
      if (held !== 'hold') await untilShown(going, 'signedIn')
      world.advance(lifetimeSeconds + 60)
      proxy.requests.length = 0
      let isFirst = true
      proxy.fate = ({ operation }) => {
        if (operation !== 'SignetRefresh' || !isFirst) return null
        isFirst = false
        return { [held]: new Promise(() => {}) }
      }
      const lost = going.evaluate(() => app.ask(3)).catch(() => 'gone')
      await eventually(() => expect(proxy.countOf('SignetRefresh')).toBe(1))
      const answered = expectAnswers(person, 5, others)
      await leaving[how]?.(going)
      await answered
      expect(await lost).toBe('gone')
      expect(proxy.countOf('SignetRefresh')).toBe(2)
    }
    expect(await haveBeenSignedOut(others)).toBe(false)
  })

  test('because it hangs, holds the others up for no longer than an answer may take', async () => {
    const person = await stage.signIn({ tabs: 2, hasClock: true })
    const hanging = await person.context.newPage()
    await hanging.goto(`${stage.pages.origin}/hostile`)
    await hanging.evaluate(name => hostile.takeLock(name), `signet ${stage.proxy.url}/graphql`)
    await letSleep(stage, person, lifetimeSeconds)
    const before = await person.tab.evaluate(() => Date.now())
    const answered = expectAnswers(person, 5)
    await eventually(async () => {
      await person.context.clock.runFor(500)
      expect(await stage.refreshesOf(person)).toBeGreaterThan(0)
    })
    await answered
    expect((await person.tab.evaluate(() => Date.now())) - before).toBeGreaterThanOrEqual(11_000)
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
  })
})

describe('three tabs of a browser', () => {
  const withoutLocks = 'delete Navigator.prototype.locks;'
  const withoutChannel = 'delete globalThis.BroadcastChannel;'

  test.each([
    ['without Web Locks', withoutLocks, [false, true]],
    ['without BroadcastChannel', withoutChannel, [true, false]],
    ['without either', withoutLocks + withoutChannel, [false, false]],
  ])('%s never sign each other out', async (_, before, has) => {
    const person = await stage.signIn({ tabs: 3, before })
    const look = "['locks' in navigator, 'BroadcastChannel' in globalThis]"
    expect(await person.tab.evaluate(look)).toEqual(has)
    for (let round = 0; round < 4; round++) {
      stage.world.advance(lifetimeSeconds + 60)
      await expectAnswers(person, 5)
    }
    // All answers are lost at once, for longer than a race may last.
    const refreshed = await stage.refreshesOf(person)
    stage.world.advance(lifetimeSeconds + 60)
    stage.proxy.fate = ({ operation }) => (operation === 'SignetRefresh' ? { cut: 'after' } : null)
    stage.proxy.requests.length = 0
    const asked = Promise.all(person.tabs.map(tab => tab.evaluate(() => app.ask(2))))
    await eventually(async () => {
      expect(await stage.refreshesOf(person)).toBe(refreshed + 1)
      expect(stage.proxy.countOf('SignetRefresh')).toBeGreaterThan(5)
    })
    stage.world.advance(longerThanGraceSeconds)
    stage.proxy.fate = () => null
    expect((await asked).flat()).toEqual(Array(6).fill(person.account.email))
    await expectAnswers(person, 5)
  })
})
