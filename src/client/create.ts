// Puts a client together; what each part does is in its own file.
import type { ApolloLink } from '@apollo/client/link'
import { createCaches } from './caches.js'
import type { SignetEnvironment, SignetStorage } from './environment.js'
import { defaultEnvironment } from './environment.js'
import { isObject } from './json.js'
import { createLine } from './line.js'
import { createLink } from './link.js'
import { createRefresher } from './refresh.js'
import { createSend } from './send.js'
import type { SignedOutReason, SignetSession } from './session.js'
import { createSession } from './session.js'
import type { Credentials, NewAccount } from './sign-in.js'
import { createSignIn } from './sign-in.js'
import { createTabs } from './tabs.js'
import type { SignetUser, Tokens } from './tokens.js'
import { createMemoryStorage, createVault } from './vault.js'
import { patienceSeconds, sleep } from './waits.js'

/** How to reach Signet, and how its refresh tokens are kept. */
export interface SignetClientOptions {
  /** The address of Signet's GraphQL, such as `https://auth.example.com/graphql`. */
  readonly url: string
  /** `cookie` for browsers; `body` for React Native, Node and whatever has a safe place of its own. */
  readonly delivery: 'cookie' | 'body'
  /** Body delivery: where the refresh token is kept. Without one, a session ends with the process. */
  readonly storage?: SignetStorage
  /** Called when a session has ended, in every tab, with why. */
  readonly onSignedOut?: (reason: SignedOutReason) => void
  /** How long operations and sign-outs are tried while Signet cannot be reached; 30. */
  readonly maxWaitSeconds?: number
  /** What to take from elsewhere than the globals. */
  readonly environment?: Partial<SignetEnvironment>
}

/** One session and what goes with it. */
export interface SignetClient {
  /** Goes in front of an HttpLink: `signet.link.concat(new HttpLink({ uri }))`. */
  readonly link: ApolloLink
  /** For graphql-ws: `createClient({ url, connectionParams: signet.wsParams, on: signet.wsOn })`. */
  readonly wsParams: () => Promise<{ authorization?: string }>
  /**
   * For graphql-ws: a socket that was closed as unauthorized connects again with a new token; one of the user before is
   * closed.
   */
  readonly wsOn: {
    readonly connected: (socket: unknown) => void
    readonly closed: (event: unknown) => void
  }
  /** A good access token for what does not go through the link; null when nobody is signed in. */
  readonly accessToken: () => Promise<string | null>
  readonly login: (credentials: Credentials) => Promise<SignetUser>
  readonly signup: (account: NewAccount) => Promise<SignetUser>
  readonly logout: () => Promise<void>
  /** The session as it is now; the same object until it changes. */
  readonly session: () => SignetSession
  /** Calls a listener at every change; gives what stops it. The first one starts the session. */
  readonly subscribe: (listener: () => void) => () => void
  /** Stops timers and listeners. The session lives on at the server. */
  readonly close: () => void
}

/** Makes the client of one Signet. Nothing is sent before its link, its tokens or its session are asked for. */
export const createSignetClient = (options: SignetClientOptions): SignetClient => {
  const { url, delivery, onSignedOut, maxWaitSeconds = patienceSeconds } = options
  const given: SignetEnvironment = { ...defaultEnvironment(), ...options.environment }
  const isCookie = delivery === 'cookie'
  const isInert = isCookie && given.isServer
  // Tabs share a cookie. Who shares an app's storage only the app can say, and a server's clients are of many users: there
  // no token may go from one to another.
  const isAlone = isInert || !isCookie
  const environment = isAlone ? { ...given, locks: null, openChannel: null, ...options.environment } : given
  const storage = (isCookie ? given.sharedStorage : options.storage) ?? createMemoryStorage()
  const name = `signet ${url}`

  const caches = createCaches()
  const nextTask = (): Promise<void> => sleep(environment, 0)
  const session = createSession({ emptyCaches: caches.empty, nextTask, onSignedOut })
  const vault = createVault(environment, storage, name)
  const send = createSend({ environment, url, credentials: isCookie ? 'include' : 'omit' })
  const tabs = createTabs({ environment, session, name })
  const needs = { environment, send, session, tabs, vault, delivery, patienceMs: maxWaitSeconds * 1000 }
  const refresher = createRefresher(needs)
  const signIn = createSignIn(needs)

  let started: Promise<void> | null = null
  let lastWs: Tokens | null = null
  let ws: unknown = null

  const begin = async (): Promise<void> => {
    const isLeaving = await vault.isLeaving().catch(() => false)
    if (session.isKnown()) return
    if (!isLeaving) return refresher.refresh()
    await session.end(null)
    // If it fails again, the next start tries once more.
    signIn.tellServer().catch(() => {})
  }
  const start = (): Promise<void> => {
    started ??= begin()
    return started
  }
  const line = createLine({ ...needs, start, refresher, isInert })
  const link = createLink({ session, line, caches })

  const isWsOurs = (): boolean => session.tokens()?.sessionId === lastWs?.sessionId
  // What is subscribed to is of the user before.
  session.watch(() => {
    // graphql-ws knows the type of its socket as little as this does.
    if (isObject(ws) && !isWsOurs()) (ws as unknown as WebSocket).close(4403)
  })

  const accessToken = (): Promise<string | null> =>
    new Promise((resolve, reject) => {
      line.pass({ place: 0, go: () => resolve(session.tokens()?.accessToken ?? null), giveUp: reject })
    })

  return {
    link,
    accessToken,
    wsParams: async () => {
      await accessToken()
      lastWs = session.tokens()
      return lastWs ? { authorization: `Bearer ${lastWs.accessToken}` } : {}
    },
    wsOn: {
      connected: socket => {
        ws = socket
      },
      closed: event => {
        if (!lastWs || !isWsOurs() || !isObject(event)) return
        if (event.code !== 4401 && event.code !== 4403) return
        // What the refresh says decides, at once: a socket may be the first to hear that a session has ended. Its token
        // may have been renewed since it opened; then its expiry is no news.
        if (session.spoil(lastWs.accessToken) || event.reason === 'REVOKED') void refresher.refresh()
      },
    },
    login: signIn.login,
    signup: signIn.signup,
    logout: signIn.logout,
    session: session.current,
    subscribe: listener => {
      if (!isInert) void start()
      return session.subscribe(listener)
    },
    close: () => {
      refresher.close()
      tabs.close()
    },
  }
}
