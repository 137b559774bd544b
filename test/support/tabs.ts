// What a test sees of a person's tabs, and what it does with all of them.
import { randomUUID } from 'node:crypto'
import { expect } from '@jest/globals'
import type { BrowserContext, Page } from 'playwright-core'
import { eventually } from './eventually.js'
import type { Person, Stage } from './stage.js'
import type { World } from './world.js'

/** How long an access token lives, in seconds. */
export const lifetimeSeconds = 15 * 60

/** Waits until a tab's session is so, and that is shown. */
export const untilShown = async (tab: Page, status: 'signedIn' | 'signedOut' | 'loading'): Promise<void> => {
  await tab.getByRole('status').filter({ hasText: status }).waitFor()
}

/** The cookies that carry a refresh token. */
export const refreshCookies = async (context: BrowserContext) =>
  (await context.cookies('http://localhost')).filter(({ name }) => name === '__Host-signet_rt')

/** Whether any tab has ever shown that nobody is signed in, since its page was loaded. */
export const haveBeenSignedOut = async (tabs: readonly Page[]): Promise<boolean> => {
  const shown = await Promise.all(tabs.map(tab => tab.evaluate(() => app.shown)))
  return shown.flat().some(({ status }) => status === 'signedOut')
}

/** The refresh token of a browser. */
export const refreshTokenOf = async (context: BrowserContext): Promise<string> =>
  (await refreshCookies(context))[0]?.value ?? ''

/** Asks in tabs, all of a person's without others, and expects that everything is answered to the one user. */
export const expectAnswers = async (
  { account, tabs }: Person,
  each: number,
  of: readonly Page[] = tabs,
): Promise<void> => {
  const answers = await Promise.all(of.map(tab => tab.evaluate(count => app.ask(count), each)))
  expect(answers.flat()).toEqual(Array(of.length * each).fill(account.email))
}

/** Resolves when word of what happens to the session reaches all tabs: of a sign-in elsewhere. */
export const untilTold = ({ world }: Stage, { account, tabs }: Person): Promise<void> =>
  eventually(async () => {
    // Not before a subscription has begun, and nothing says that it has.
    await world.logIn(account)
    for (const tab of tabs) expect(await tab.evaluate(() => app.told)).toContain('SignedIn')
  })

/** Has a person's tabs subscribe to what happens to their session; resolves when they do hear of it. */
export const follow = async (stage: Stage, person: Person): Promise<void> => {
  for (const tab of person.tabs) await tab.evaluate(() => app.follow())
  await untilTold(stage, person)
  for (const tab of person.tabs) await tab.evaluate(() => void app.told.splice(0))
}

/** Ids that no token has, to be revoked. */
export const newTokenIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

/** How often each of these ids was revoked. */
export const countRevocations = async ({ pool }: World, ids: readonly string[]): Promise<number[]> => {
  const { rows } = await pool.query<{ subject: string; count: number }>(
    'SELECT subject, count(*)::int AS count FROM revocations WHERE subject = ANY($1::uuid[]) GROUP BY subject',
    [ids],
  )
  return ids.map(id => rows.find(({ subject }) => subject === id)?.count ?? 0)
}

/**
 * Lets time pass for the server and a person's pages, as it does for a laptop that sleeps: no timer of a page runs, and no
 * event tells that it woke.
 */
export const letSleep = async (
  { world }: Stage,
  { context, tab }: Person,
  seconds: number,
): Promise<void> => {
  world.advance(seconds)
  const now = await tab.evaluate(() => Date.now())
  await context.clock.setSystemTime(now + seconds * 1000)
}
