// What signet/client finds in a browser, without one: a cookie jar, web storage, tabs with locks and a channel between
// them, and time that passes when the test says so. What is sent goes to a real Signet.
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import type { SignetClient, SignetClientOptions, SignetStorage } from '../../src/client/index.js'
import { createSignetClient } from '../../src/client/index.js'
import { cookieOf, createHub, createLocks, createTime, operationOf } from './browser-parts.js'

/** One request of a browser. */
export interface SentRequest {
  readonly operation: string
  readonly body: string
  readonly authorization: string | null
  /** Null until, and unless, it is answered. */
  status: number | null
}

/** Answers in the place of the server, or not (null). */
type Fault = (operation: string, tab: number) => Response | Promise<Response> | null

export interface Tab {
  readonly signet: SignetClient
  readonly client: ApolloClient
  readonly cache: InMemoryCache
  /** Lets time pass for this tab alone, and runs the timers that are due. */
  passTime(seconds: number): void
  /** The seconds of its timers that are set. */
  timers(): number[]
  /** The page comes back to the front. */
  wake(): void
  /** The page is gone, whatever it was waiting for. */
  close(): void
}

export interface Browser {
  /** Every request, in order. */
  readonly sent: SentRequest[]
  countOf(operation: string): number
  readonly storage: Map<string, string>
  /** The names and values of its cookies. */
  readonly jar: Map<string, string>
  fault: Fault
  /** What has to come before an answer arrives that the server has given. */
  slowness: (operation: string, tab: number) => Promise<void> | null
  openTab(options?: Partial<SignetClientOptions>): Tab
  close(): void
}

export interface BrowserOptions {
  readonly origin?: string
  /** `stuck`: a tab that hangs holds every lock for good. */
  readonly locks?: 'fair' | 'none' | 'stuck'
  readonly hasChannel?: boolean
  /** Where requests go in the world's place, say through a proxy. */
  readonly through?: string
}

/** What came of a request; one that is cut off has no answer, nor its cookies. */
const cutBy = <T>(signal: AbortSignal | null | undefined, work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
  ])

/** A browser that has an app's page open, at no tab yet. */
export const createBrowser = (url: string, options: BrowserOptions = {}): Browser => {
  const {
    origin = 'https://app.example.com',
    locks: how = 'fair',
    hasChannel = true,
    through = url,
  } = options
  const jar = new Map<string, string>()
  const storage = new Map<string, string>()
  const sharedStorage: SignetStorage = {
    get: key => storage.get(key),
    set: (key, value) => storage.set(key, value),
    remove: key => storage.delete(key),
  }
  const sent: SentRequest[] = []
  const locks = how === 'none' ? null : createLocks(how === 'stuck')
  const openChannel = createHub()
  const tabs: Tab[] = []

  const withCookies = (headers: Headers): void => {
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
  }
  const keepCookies = (response: Response): void => {
    for (const line of response.headers.getSetCookie()) {
      const { name, value, isGone } = cookieOf(line)
      if (isGone) jar.delete(name)
      else jar.set(name, value)
    }
  }

  const fetchAs =
    (tab: number, isGone: () => boolean): typeof fetch =>
    async (input, init = {}) => {
      const headers = new Headers(init.headers)
      const body = String(init.body)
      const authorization = headers.get('authorization')
      const request: SentRequest = { operation: operationOf(body), body, authorization, status: null }
      sent.push(request)
      headers.set('origin', origin)
      const takesCookies = init.credentials === 'include'
      if (takesCookies) withCookies(headers)
      const answer = async (): Promise<Response> => {
        const response =
          (await browser.fault(request.operation, tab)) ??
          (await fetch(String(input).replace(url, through), { ...init, headers }))
        await browser.slowness(request.operation, tab)
        return response
      }
      const response = await cutBy(init.signal, answer())
      if (takesCookies) keepCookies(response)
      // The browser has kept the cookie; a page that is gone learns nothing.
      if (isGone()) return new Promise<Response>(() => {})
      request.status = response.status
      return response
    }

  const browser: Browser = {
    sent,
    countOf: operation => sent.filter(one => one.operation === operation).length,
    storage,
    jar,
    fault: () => null,
    slowness: () => null,
    openTab: (own = {}) => {
      const time = createTime()
      const wakers = new Set<() => void>()
      let isGone = false
      const fetch = fetchAs(tabs.length, () => isGone)
      const signet = createSignetClient({
        url: `${url}/graphql`,
        delivery: 'cookie',
        ...own,
        environment: {
          fetch,
          now: time.now,
          random: () => 0.5,
          setTimer: time.setTimer,
          sharedStorage,
          // As the globals of a browser are, in cookie delivery; in body delivery none are used by themselves.
          ...(own.delivery !== 'body' && { locks, openChannel: hasChannel ? openChannel : null }),
          onWake: listener => {
            wakers.add(listener)
            return () => wakers.delete(listener)
          },
          isServer: false,
          ...own.environment,
        },
      })
      const cache = new InMemoryCache()
      const client = new ApolloClient({
        link: signet.link.concat(new HttpLink({ uri: `${url}/graphql`, fetch })),
        cache,
      })
      const tab: Tab = {
        signet,
        client,
        cache,
        passTime: time.pass,
        timers: time.timers,
        wake: () => {
          for (const waker of wakers) waker()
        },
        close: () => {
          isGone = true
          signet.close()
          client.stop()
          time.stop()
        },
      }
      tabs.push(tab)
      return tab
    },
    close: () => {
      for (const tab of tabs) tab.close()
    },
  }
  return browser
}

/** Resolves when a client's session says so. */
export const untilStatus = (signet: SignetClient, status: 'signedIn' | 'signedOut'): Promise<void> =>
  new Promise(resolve => {
    const stop = signet.subscribe(() => look())
    const look = (): void => {
      if (signet.session().status !== status) return
      stop()
      resolve()
    }
    look()
  })
