// Lost answers, a server that is away and a network that is: the session of a real browser goes on after all of them.
import { describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { Fate } from '../support/browser-proxy.js'
import { eventually } from '../support/eventually.js'
import type { Person } from '../support/stage.js'
import { openStage } from '../support/stage.js'
import { haveBeenSignedOut, letSleep, lifetimeSeconds, refreshCookies, untilShown } from '../support/tabs.js'

const stage = openStage()

const longerThanGraceSeconds = 120

/** The names of all refreshes that were sent. */
const attemptsSent = (): string[] =>
  stage.proxy.requests
    .filter(({ operation }) => operation === 'SignetRefresh')
    .map(({ body }) => JSON.parse(body).variables.input.attemptId)

/** What befalls refreshes: a cut all of them, a long wait the first. */
const afterRefresh = (fate: Fate): void => {
  let count = 0
  stage.proxy.fate = ({ operation }) =>
    operation === 'SignetRefresh' && (fate.cut || ++count === 1) ? fate : null
}

const expectSignedIn = async ({ account, tabs, context }: Person): Promise<void> => {
  const answers = await Promise.all(tabs.map(tab => tab.evaluate(() => app.ask(5))))
  expect(answers.flat()).toEqual(Array(tabs.length * 5).fill(account.email))
  expect(await haveBeenSignedOut(tabs)).toBe(false)
  expect(await refreshCookies(context)).toHaveLength(1)
}

describe('the answer to a refresh is lost after the server has carried it out', () => {
  /** Loses answers until the server has carried the refresh out and too much time has gone by to call it a race. */
  const loseAnswers = async (person: Person, fate: Fate, before: number): Promise<void> => {
    await eventually(async () => expect(await stage.refreshesOf(person)).toBe(before + 1))
    stage.world.advance(longerThanGraceSeconds)
    // One more is lost, that the server has answered after all that time.
    const sent = attemptsSent().length
    if (fate.cut) await eventually(() => expect(attemptsSent().length).toBeGreaterThan(sent))
    stage.proxy.fate = () => null
  }

  test('before its first byte: the session goes on, with the same successor', async () => {
    const person = await stage.signIn({ tabs: 2 })
    for (let round = 0; round < 2; round++) {
      stage.proxy.requests.length = 0
      stage.world.advance(lifetimeSeconds + 60)
      afterRefresh({ cut: 'after' })
      const asked = Promise.all(person.tabs.map(tab => tab.evaluate(() => app.ask(5))))
      await loseAnswers(person, { cut: 'after' }, round)
      expect((await asked).flat()).toEqual(Array(10).fill(person.account.email))
      expect(await stage.refreshesOf(person)).toBe(round + 1)
      expect(new Set(attemptsSent()).size).toBe(1)
    }
    await expectSignedIn(person)
  })

  test('in the middle, when the cookie has arrived: the session goes on', async () => {
    const person = await stage.signIn({ tabs: 2 })
    stage.world.advance(lifetimeSeconds + 60)
    let lost = 0
    stage.proxy.fate = ({ operation }) =>
      operation === 'SignetRefresh' && ++lost < 3 ? { cut: 'within' } : null
    await expectSignedIn(person)
    expect(lost).toBeGreaterThanOrEqual(3)
  })

  const reloads: Record<string, (person: Person) => Promise<Page>> = {
    'is reloaded': async ({ tab }) => {
      await tab.reload()
      return tab
    },
    'is closed and opened anew': async ({ tab, context }) => {
      await tab.close()
      return stage.openTab(context)
    },
  }
  const ways: readonly Fate[] = [{ cut: 'after' }, { holdAnswer: new Promise(() => {}) }]

  test.each(Object.keys(reloads))('and the page %s right then: the session goes on', async how => {
    let person = await stage.signIn()
    for (const [round, fate] of ways.entries()) {
      stage.proxy.requests.length = 0
      stage.world.advance(lifetimeSeconds + 60)
      afterRefresh(fate)
      person.tab.evaluate(() => app.ask(5)).catch(() => {})
      await eventually(async () => expect(await stage.refreshesOf(person)).toBe(round + 1))
      const tab = await reloads[how]?.(person)
      if (!tab) throw new Error('no such way')
      person = { ...person, tab, tabs: [tab] }
      await loseAnswers(person, fate, round)
      await untilShown(tab, 'signedIn')
      await expectSignedIn(person)
      expect(await stage.refreshesOf(person)).toBe(round + 1)
      expect(new Set(attemptsSent()).size).toBe(1)
    }
  })
})

describe('Signet is away for a minute', () => {
  const gateway: Fate = {
    answer: { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>503</h1>' },
  }
  const own = (): Fate => ({
    answer: {
      status: 503,
      headers: {
        'content-type': 'application/graphql-response+json',
        'access-control-allow-origin': stage.pages.origin,
        'access-control-allow-credentials': 'true',
      },
      body: JSON.stringify({
        errors: [{ message: 'away', extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 3 } }],
      }),
    },
  })

  test.each([
    ['and a gateway answers 503', () => gateway, 'UNREACHABLE'],
    ['and says so', own, 'UNAVAILABLE'],
  ] as const)('%s: the session stays, and goes on', async (_, fate, code) => {
    const person = await stage.signIn({ tabs: 2, hasClock: true })
    const { context, tab } = person
    await letSleep(stage, person, lifetimeSeconds)
    stage.proxy.fate = ({ operation }) => (code === 'UNAVAILABLE' && operation === 'OPTIONS' ? null : fate())
    const asked = tab.evaluate(() => app.ask(3))
    const began = await tab.evaluate(() => Date.now())
    await eventually(async () => {
      // A second goes by in every page; what was sent is answered in the time that it really takes.
      await context.clock.runFor(1_000)
      expect((await tab.evaluate(() => Date.now())) - began).toBeGreaterThan(60_000)
      expect(stage.proxy.requests.filter(one => one.operation !== 'Me').length).toBeGreaterThan(3)
    })
    expect(await asked).toEqual([code, code, code])
    await untilShown(tab, 'signedIn')
    stage.proxy.fate = () => null
    const answer = expectSignedIn(person)
    await eventually(async () => {
      await context.clock.runFor(1_000)
      expect(await stage.refreshesOf(person)).toBe(1)
    })
    await answer
  })

  test('and refuses connections: the session stays, and goes on', async () => {
    const person = await stage.signIn({ tabs: 2 })
    stage.world.advance(lifetimeSeconds + 60)
    let failures = 0
    person.context.on('requestfailed', () => {
      failures += 1
    })
    await stage.proxy.refuse()
    expect(await person.tab.evaluate(() => app.ask(1))).toEqual(['TypeError'])
    await person.tab.reload()
    await eventually(() => expect(failures).toBeGreaterThan(2))
    await untilShown(person.tab, 'loading')
    await stage.proxy.heal()
    await untilShown(person.tab, 'signedIn')
    await expectSignedIn(person)
  })
})

test('offline past expiry and back: the session stays, and goes on without a further word', async () => {
  const person = await stage.signIn({ tabs: 2, hasClock: true })
  let failures = 0
  person.context.on('requestfailed', () => {
    failures += 1
  })
  await person.context.setOffline(true)
  await letSleep(stage, person, lifetimeSeconds)
  const asked = Promise.all(person.tabs.map(tab => tab.evaluate(() => app.ask(5))))
  await eventually(() => expect(failures).toBeGreaterThan(1))
  await untilShown(person.tab, 'signedIn')
  await person.context.setOffline(false)
  expect((await asked).flat()).toEqual(Array(10).fill(person.account.email))
  expect(await stage.refreshesOf(person)).toBe(1)
  await expectSignedIn(person)
})
