// What happens when an access token expires, in a real browser: many operations, several tabs, one refresh.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import type { Person } from '../support/stage.js'
import { openStage } from '../support/stage.js'
import {
  countRevocations,
  expectAnswers,
  haveBeenSignedOut,
  letSleep,
  lifetimeSeconds,
  newTokenIds,
} from '../support/tabs.js'

const stage = openStage()

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
