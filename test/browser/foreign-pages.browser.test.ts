// What a page of somebody else's can do with the session of whoever looks at it: nothing.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { PageServer } from '../support/page-server.js'
import { servePages } from '../support/page-server.js'
import type { Person } from '../support/stage.js'
import { openStage } from '../support/stage.js'
import { lifetimeSeconds, refreshTokenOf } from '../support/tabs.js'

const stage = openStage()
let foreign: PageServer
beforeAll(async () => {
  foreign = await servePages()
})
afterAll(() => foreign.close())

describe.each([
  ['another port of the same host, to which the cookie is sent', 'localhost', true],
  ['another site', '127.0.0.1', false],
] as const)('a page of %s', (_, host, isSameSite) => {
  const operations: Record<string, string> = {
    refresh: 'mutation SignetRefresh { refresh { accessToken user { email } } }',
    me: 'query Me { me { email } }',
    logout: 'mutation SignetLogout { logout { sessionsEnded } }',
  }

  /** Opens the foreign page in the browser of a signed-in user, and remembers the cookies that answers to it set. */
  const openForeign = async (person: Person) => {
    const page = await person.context.newPage()
    const cookiesSet: string[] = []
    page.on('response', response => {
      void response
        .headerValue('set-cookie')
        .then(value => value && cookiesSet.push(value))
        .catch(() => {})
    })
    await page.goto(`http://${host}:${foreign.port}/hostile`)
    return { page, cookiesSet }
  }

  /** The session is as it was: not refreshed, not ended, and its tab works. */
  const expectUntouched = async (person: Person, cookie: string): Promise<void> => {
    expect(await stage.refreshesOf(person)).toBe(0)
    expect(await refreshTokenOf(person.context)).toBe(cookie)
    stage.world.advance(lifetimeSeconds + 60)
    expect(await person.tab.evaluate(() => app.ask(1))).toEqual([person.account.email])
    expect(await stage.refreshesOf(person)).toBe(1)
  }

  test('gets nothing by script, and changes nothing', async () => {
    const person = await stage.signIn()
    const cookie = await refreshTokenOf(person.context)
    const { page, cookiesSet } = await openForeign(person)
    const url = `${stage.proxy.url}/graphql`
    const { email, password } = await stage.world.signUp()
    const logIn = `mutation SignetLogin { login(input: { email: "${email}", password: "${password}", delivery: COOKIE }) { __typename } }`
    for (const query of [...Object.values(operations), logIn]) {
      const body = JSON.stringify({ query })
      const json = { 'content-type': 'application/json' }
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const asForm = `query=${encodeURIComponent(query)}`
      const ways = [
        [url, { method: 'POST', mode: 'cors', headers: json, body }],
        [url, { method: 'POST', mode: 'cors', body }],
        [url, { method: 'POST', mode: 'no-cors', headers: json, body }],
        [url, { method: 'POST', mode: 'no-cors', headers: form, body: asForm }],
        [`${url}?${asForm}`, { method: 'GET', mode: 'cors', body: null }],
        [`${url}?${asForm}`, { method: 'GET', mode: 'no-cors', body: null }],
      ] as const
      const learned = await page.evaluate(
        all => Promise.all(all.map(([address, request]) => hostile.send(address, request))),
        ways,
      )
      expect(learned).toEqual(ways.map(() => 'refused'))
    }
    const posts = stage.proxy.requests.filter(({ origin }) => origin === `http://${host}:${foreign.port}`)
    expect(posts.some(({ hasCookie }) => hasCookie)).toBe(isSameSite)
    expect(posts.map(({ status }) => status)).not.toContain(200)
    expect(cookiesSet).toEqual([])
    await expectUntouched(person, cookie)
  })

  test('gets nothing by a form, and changes nothing', async () => {
    const person = await stage.signIn()
    const cookie = await refreshTokenOf(person.context)
    const { page, cookiesSet } = await openForeign(person)
    for (const query of Object.values(operations)) {
      for (const form of [
        { enctype: 'text/plain', fields: [[`{"query":${JSON.stringify(query)},"extensions":{"a":"`, '"}}']] },
        { enctype: 'application/x-www-form-urlencoded', fields: [['query', query]] },
        {
          enctype: 'multipart/form-data',
          fields: [
            ['operations', JSON.stringify({ query })],
            ['map', '{}'],
          ],
        },
      ] as const)
        expect(
          await page.evaluate(([address, one]) => hostile.post(address, one), [
            `${stage.proxy.url}/graphql`,
            form,
          ] as const),
        ).toBe('opaque')
    }
    const posts = stage.proxy.requests.filter(({ origin }) => origin === `http://${host}:${foreign.port}`)
    expect(posts).toHaveLength(9)
    expect(posts.map(({ status }) => status)).not.toContain(200)
    expect(cookiesSet).toEqual([])
    await expectUntouched(person, cookie)
  })

  test('opens no socket', async () => {
    const person = await stage.signIn()
    const { page } = await openForeign(person)
    const open = (tab: Page): Promise<string> =>
      tab.evaluate(url => hostile.openSocket(url), `${stage.proxy.url}/graphql`)
    expect(await open(page)).toBe('refused')
    await page.goto(`${stage.pages.origin}/hostile`)
    expect(await open(page)).toBe('opened')
  })
})
