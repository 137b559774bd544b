// What happens when an access token expires, in a real browser: many operations, tabs that come, hang and go, one refresh.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { eventually } from '../support/eventually.js'
import type { Person, Stage } from '../support/stage.js'
import {
  countRevocations,
  createStage,
  haveBeenSignedOut,
  letSleep,
  lifetimeSeconds,
  newTokenIds,
  untilShown,
} from '../support/stage.js'

let stage: Stage
beforeAll(async () => {
  stage = await createStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

/** Asks in each tab, and expects that everything was answered to the one user. */
const expectAnswers = async ({ account, tabs }: Person, each: number, of: readonly Page[] = tabs) => {
  const answers = await Promise.all(of.map(tab => tab.evaluate(count => app.ask(count), each)))
  expect(answers.flat()).toEqual(Array(of.length * each).fill(account.email))
}

describe('three tabs with twenty queries each at expiry', () => {
  /** Milliseconds that a request of this number takes on its way to Signet, and the answer on its way back. */
  type Timing = (operation: string, number: number) => readonly [there: number, back: number]
  const timings: readonly Timing[] = [
    () => [0, 0],
    () => [15, 15],
    operation => (operation === 'SignetRefresh' ? [0, 300] : [0, 0]),
    operation => (operation === 'SignetRefresh' ? [150, 0] : [0, 15]),
    (_, number) => [(number * 37) % 30, (number * 53) % 40],
    (operation, number) => (operation === 'Me' && number % 20 < 10 ? [0, 60] : [5, 0]),
  ]
  const travel = (timing: Timing): void => {
    let number = 0
    stage.proxy.fate = ({ operation }) => {
      const [there, back] = timing(operation, number++)
      const arrived = sleep(there)
      return { hold: arrived, holdAnswer: arrived.then(() => sleep(back)) }
    }
  }

  const expectOneRefresh = async (person: Person): Promise<void> => {
    const ids = newTokenIds(9)
    stage.proxy.requests.length = 0
    const answers = await Promise.all(
      person.tabs.map((tab, index) =>
        tab.evaluate(
          own => Promise.all([app.ask(20), app.revokeTokens(own)]),
          ids.slice(index * 3, index * 3 + 3),
        ),
      ),
    )
    expect(answers.flatMap(([queries]) => queries)).toEqual(Array(60).fill(person.account.email))
    expect(answers.flatMap(([, mutations]) => mutations)).toEqual(Array(9).fill('ok'))
    expect(stage.proxy.countOf('SignetRefresh')).toBe(1)
    expect(await countRevocations(stage.world, ids)).toEqual(Array(9).fill(1))
  }

  test('that the server tells them of: one refresh, sixty answers, no mutation twice', async () => {
    const person = await stage.signIn({ tabs: 3 })
    for (const timing of timings) {
      stage.world.advance(lifetimeSeconds + 60)
      travel(timing)
      await expectOneRefresh(person)
    }
    expect(await stage.refreshesOf(person)).toBe(timings.length)
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
  })

  test('that their clocks tell them of: one refresh, sixty answers, none refused, no mutation twice', async () => {
    const person = await stage.signIn({ tabs: 3, hasClock: true })
    for (const timing of timings) {
      await letSleep(stage, person, lifetimeSeconds)
      travel(timing)
      await expectOneRefresh(person)
      expect(stage.proxy.requests.filter(({ status }) => status === 401)).toEqual([])
    }
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
  })
})

test('a mutation that is under way at expiry is carried out once, whenever it arrives', async () => {
  const { world, proxy } = stage
  const person = await stage.signIn({ tabs: 2 })
  const [tab, other] = person.tabs
  for (const held of ['hold', 'holdAnswer'] as const) {
    const ids = newTokenIds(3)
    let letGo = (): void => {}
    const released = new Promise<void>(resolve => {
      letGo = resolve
    })
    proxy.requests.length = 0
    proxy.fate = ({ operation }) => (operation === 'RevokeAccessToken' ? { [held]: released } : null)
    const outcome = tab?.evaluate(own => app.revokeTokens(own), ids)
    await eventually(async () => {
      expect(proxy.countOf('RevokeAccessToken')).toBe(3)
      expect(await countRevocations(world, ids)).toEqual(Array(3).fill(held === 'hold' ? 0 : 1))
    })
    world.advance(lifetimeSeconds + 60)
    expect(await other?.evaluate(() => app.ask(3))).toEqual(Array(3).fill(person.account.email))
    letGo()
    expect(await outcome).toEqual(['ok', 'ok', 'ok'])
    expect(await countRevocations(world, ids)).toEqual([1, 1, 1])
    expect(proxy.countOf('SignetRefresh')).toBe(1)
  }
})

test('a mutation whose answer breaks off is not sent again: the app is told', async () => {
  const { world, proxy } = stage
  const { tab } = await stage.signIn()
  const ids = newTokenIds(1)
  proxy.fate = ({ operation }) => (operation === 'RevokeAccessToken' ? { cut: 'within' } : null)
  expect(await tab.evaluate(own => app.revokeTokens(own), ids)).not.toEqual(['ok'])
  expect(await countRevocations(world, ids)).toEqual([1])
  expect(proxy.countOf('RevokeAccessToken')).toBe(1)
})

describe('a laptop that was asleep past expiry', () => {
  const aNightSeconds = 8 * 60 * 60

  test('works at once: what is asked on waking waits for one refresh', async () => {
    const person = await stage.signIn({ tabs: 3, hasClock: true })
    await letSleep(stage, person, aNightSeconds)
    await expectAnswers(person, 20)
    expect(stage.proxy.countOf('SignetRefresh')).toBe(1)
    expect(stage.proxy.requests.filter(({ status }) => status === 401)).toEqual([])
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
  })

  test('renews its token when its pages are shown again, once for all of them', async () => {
    const person = await stage.signIn({ tabs: 3, hasClock: true })
    await letSleep(stage, person, aNightSeconds)
    await Promise.all(person.tabs.map(tab => tab.evaluate(() => app.comeBack())))
    await eventually(async () => expect(await stage.refreshesOf(person)).toBe(1))
    await expectAnswers(person, 5)
    expect(stage.proxy.countOf('SignetRefresh')).toBe(1)
    expect(stage.proxy.requests.filter(({ status }) => status === 401)).toEqual([])
  })
})

test('nobody asks, and yet the token is renewed ahead of its expiry, by one tab for all', async () => {
  const person = await stage.signIn({ tabs: 3, hasClock: true })
  await person.context.clock.fastForward(lifetimeSeconds * 0.81 * 1000)
  await eventually(async () => expect(await stage.refreshesOf(person)).toBe(1))
  await expectAnswers(person, 1)
  expect(stage.proxy.countOf('SignetRefresh')).toBe(1)
})

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

  test('because it hangs, holds the others up for five seconds and no longer', async () => {
    const person = await stage.signIn({ tabs: 2, hasClock: true })
    const hanging = await person.context.newPage()
    await hanging.goto(`${stage.pages.origin}/empty`)
    await hanging.evaluate(
      name =>
        new Promise<void>(resolve => {
          void navigator.locks.request(name, () => {
            resolve()
            return new Promise(() => {})
          })
        }),
      `signet ${stage.proxy.url}/graphql`,
    )
    await letSleep(stage, person, lifetimeSeconds)
    const before = await person.tab.evaluate(() => Date.now())
    const answered = expectAnswers(person, 5)
    await eventually(async () => {
      await person.context.clock.runFor(500)
      expect(await stage.refreshesOf(person)).toBeGreaterThan(0)
    })
    await answered
    expect((await person.tab.evaluate(() => Date.now())) - before).toBeGreaterThanOrEqual(5_000)
    expect(await haveBeenSignedOut(person.tabs)).toBe(false)
  })
})
