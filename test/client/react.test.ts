import { ApolloProvider, useQuery, useSuspenseQuery } from '@apollo/client/react'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Window } from 'happy-dom'
import type { ReactNode } from 'react'
import { createElement as h, StrictMode, Suspense, useEffect } from 'react'
import type { Root } from 'react-dom/client'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { createSignetClient, isSignetError } from '../../src/client/index.js'
import {
  SignedIn,
  SignedOut,
  SignetProvider,
  useLogin,
  useLogout,
  useSession,
  useSignup,
} from '../../src/client/react/index.js'
import { MeDocument } from '../generated/graphql.js'
import type { Browser, Tab } from '../support/browser.js'
import { createBrowser, untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let world: World
let browser: Browser
let page: Window
let roots: Root[] = []
const globals = ['window', 'document'] as const

beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: 'https://app.example.com' } })
})
beforeEach(() => {
  browser = createBrowser(world.url)
  page = new Window({ url: 'https://app.example.com' })
  Object.assign(globalThis, { window: page, document: page.document })
})
afterEach(async () => {
  for (const root of roots) root.unmount()
  roots = []
  browser.close()
  await page.happyDOM.close()
  for (const name of globals) Reflect.deleteProperty(globalThis, name)
})
afterAll(() => world.close())

const text = (): string => page.document.body.textContent

const app = ({ signet, client }: Tab, ...children: ReactNode[]): ReactNode =>
  h(StrictMode, null, h(SignetProvider, { client: signet }, h(ApolloProvider, { client, children })))

/** Puts an app into the page. */
const mount = (tree: ReactNode): void => {
  const host = page.document.createElement('div')
  page.document.body.append(host)
  const root = createRoot(host)
  roots.push(root)
  root.render(tree)
}

const Me = () => {
  const { data, error } = useQuery(MeDocument)
  return h('p', null, error ? `error ${error.message}` : (data?.me?.email ?? 'nobody yet'))
}

const seesAll = () => [
  h(SignedIn, { key: 'in', loading: 'one moment' }, h(Me)),
  h(SignedOut, { key: 'out' }, 'please log in'),
]

test('the page shows that it waits, then who is signed in, after one refresh in StrictMode', async () => {
  const account = await world.signUp()
  const before = browser.openTab()
  await before.signet.login({ email: account.email, password: account.password })
  before.close()
  browser.sent.length = 0
  const tab = browser.openTab()
  mount(app(tab, ...seesAll()))
  await eventually(() => expect(text()).toBe('one moment'))
  await eventually(() => expect(text()).toBe(account.email))
  expect(browser.countOf('SignetRefresh')).toBe(1)
  expect(browser.countOf('Me')).toBe(1)
})

test('logging in, out and in as another shows each their own and nothing of the one before', async () => {
  const [ada, bob] = await Promise.all([world.signUp(), world.signUp()])
  const shown: string[] = []
  const buttons: { login?: ReturnType<typeof useLogin>[0]; logout?: ReturnType<typeof useLogout>[0] } = {}
  const Controls = () => {
    const [login] = useLogin()
    const [logout] = useLogout()
    useEffect(() => {
      Object.assign(buttons, { login, logout })
    })
    return null
  }
  const tab = browser.openTab()
  mount(app(tab, ...seesAll(), h(Controls, { key: 'controls' })))
  await eventually(() => expect(text()).toBe('please log in'))
  const observer = new page.MutationObserver(() => shown.push(text()))
  observer.observe(page.document.body, { subtree: true, childList: true, characterData: true })

  expect((await buttons.login?.({ email: ada.email, password: ada.password }))?.id).toBe(ada.user.id)
  await eventually(() => expect(text()).toBe(ada.email))
  expect(await buttons.logout?.()).toBe(true)
  await eventually(() => expect(text()).toBe('please log in'))
  shown.length = 0
  await buttons.login?.({ email: bob.email, password: bob.password })
  await eventually(() => expect(text()).toBe(bob.email))
  await buttons.login?.({ email: ada.email, password: ada.password })
  await eventually(() => expect(text()).toBe(ada.email))
  observer.disconnect()
  expect(shown.join()).not.toContain('error')
  expect(shown.indexOf(ada.email)).toBeGreaterThan(shown.lastIndexOf(bob.email))
})

test('a form learns what went wrong as state, and nothing is thrown', async () => {
  const Form = () => {
    const [signup, { loading, error }] = useSignup()
    const { status } = useSession()
    useEffect(() => {
      if (status === 'signedOut') void signup({ ...newAccount(), password: 'short' })
    }, [status, signup])
    return h(
      'p',
      null,
      loading ? 'sending' : isSignetError(error, 'WEAK_PASSWORD') ? error.signet.reason : status,
    )
  }
  const tab = browser.openTab()
  await untilStatus(tab.signet, 'signedOut')
  mount(app(tab, h(Form, { key: 'form' })))
  await eventually(() => expect(text()).toBe('TOO_SHORT'))
})

test('a query that suspends waits for the session, and then answers as its user', async () => {
  const account = await world.signUp()
  const before = browser.openTab()
  await before.signet.login({ email: account.email, password: account.password })
  before.close()
  const Suspending = () => h('p', null, useSuspenseQuery(MeDocument).data.me?.email ?? 'nobody')
  const tab = browser.openTab()
  mount(app(tab, h(Suspense, { key: 'suspense', fallback: 'waiting' }, h(Suspending))))
  await eventually(() => expect(text()).toBe('waiting'))
  await eventually(() => expect(text()).toBe(account.email))
})

test('a server renders what waits and never refreshes; the page then takes it over without a complaint', async () => {
  for (const name of globals) Reflect.deleteProperty(globalThis, name)
  let asked = 0
  const fetch = () => {
    asked += 1
    return Promise.reject(new Error('a server asks for no session'))
  }
  const onServer = createSignetClient({
    url: `${world.url}/graphql`,
    delivery: 'cookie',
    environment: { fetch },
  })
  const tab = browser.openTab()
  const tree = (signet: typeof onServer) =>
    h(
      SignetProvider,
      { client: signet },
      h(SignedIn, { loading: 'one moment' }, 'hello'),
      h(SignedOut, null, 'log in'),
    )
  const html = renderToString(tree(onServer))
  expect(html).toBe('one moment')
  expect(await onServer.accessToken()).toBeNull()
  expect(await onServer.wsParams()).toEqual({})
  expect(onServer.session().status).toBe('loading')
  expect(asked).toBe(0)

  Object.assign(globalThis, { window: page, document: page.document })
  const host = page.document.createElement('div')
  page.document.body.append(host)
  host.innerHTML = html
  const complaints: unknown[] = []
  roots.push(hydrateRoot(host, tree(tab.signet), { onRecoverableError: error => complaints.push(error) }))
  await eventually(() => expect(text()).toBe('log in'))
  expect(complaints).toEqual([])
})

test('a component outside of a provider says what is missing', () => {
  const Lost = () => h('p', null, useSession().status)
  expect(() => renderToString(h(Lost))).toThrow('put <SignetProvider client={…}> around your app')
})
