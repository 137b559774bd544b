// A small app as a team would write it: React in StrictMode, Apollo Client and the session of signet/client.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client'
import { RetryLink } from '@apollo/client/link/retry'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { ApolloProvider, useQuery } from '@apollo/client/react'
import { OperationTypeNode } from 'graphql'
import { createClient } from 'graphql-ws'
import type { ReactNode } from 'react'
import { createElement as h, StrictMode, useLayoutEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { createSignetClient, isSignetError } from '../../../src/client/index.js'
import {
  SignedIn,
  SignedOut,
  SignetProvider,
  useLogin,
  useLogout,
  useSession,
} from '../../../src/client/react/index.js'
import { MeDocument, RevokeAccessTokenDocument, SessionEventsDocument } from '../../generated/graphql.js'
import type { PageApp } from './page-app.js'

const url = `${new URLSearchParams(location.search).get('signet')}/graphql`
const signet = createSignetClient({ url, delivery: 'cookie' })
const socket = createClient({
  url: url.replace('http', 'ws'),
  connectionParams: signet.wsParams,
  shouldRetry: () => true,
  retryAttempts: 100,
  retryWait: () => Promise.resolve(),
  on: {
    ...signet.wsOn,
    connected: () => app.connected.push(Date.now()),
    closed: event => {
      if (event instanceof CloseEvent) app.closed.push(event.code)
      signet.wsOn.closed(event)
    },
  },
})
const resubscribe = new RetryLink({
  delay: { initial: 20, max: 200 },
  attempts: { max: 100, retryIf: error => !CombinedGraphQLErrors.is(error) },
})
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    resubscribe.concat(new GraphQLWsLink(socket)),
    signet.link.concat(new HttpLink({ uri: url })),
  ),
  cache: new InMemoryCache(),
})

const outcomeOf = (error: unknown): string =>
  isSignetError(error) ? error.signet.code : error instanceof Error ? error.name : 'unknown'

const follow = (): void => {
  client.subscribe({ query: SessionEventsDocument, fetchPolicy: 'no-cache' }).subscribe({
    next: ({ data }) => {
      const event = data?.sessionEvents
      if (event) app.told.push(event.__typename === 'SignedOut' ? event.reason : event.__typename)
    },
    error: () => app.told.push('error'),
    complete: () => app.told.push('complete'),
  })
}

const stored = async (): Promise<string> => {
  const databases = await indexedDB.databases()
  const cacheNames = await caches.keys()
  const workers = await navigator.serviceWorker.getRegistrations()
  return JSON.stringify({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: databases.map(({ name }) => name),
    cacheNames,
    workers: workers.length,
    cookie: document.cookie,
    state: history.state,
    name: window.name,
    addresses: [location.href, ...performance.getEntries().map(({ name }) => name)],
  })
}

const app: PageApp = {
  ask: count =>
    Promise.all(
      Array.from({ length: count }, () =>
        client
          .query({
            query: MeDocument,
            fetchPolicy: 'no-cache',
            context: { queryDeduplication: false },
          })
          .then(({ data }) => data?.me?.email ?? 'nobody', outcomeOf),
      ),
    ),
  revokeTokens: ids =>
    Promise.all(
      ids.map(tokenId =>
        client
          .mutate({ mutation: RevokeAccessTokenDocument, variables: { input: { tokenId } } })
          .then(() => 'ok', outcomeOf),
      ),
    ),
  logIn: account => signet.login(account).then(({ email }) => email, outcomeOf),
  logOut: () => signet.logout().then(() => 'ok', outcomeOf),
  stored,
  accessToken: signet.accessToken,
  cached: () => JSON.stringify(client.cache.extract()),
  comeBack: () => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })),
  follow,
  told: [],
  connected: [],
  closed: [],
  shown: [],
  faults: [],
}
Object.assign(globalThis, { app })
addEventListener('unhandledrejection', ({ reason }) => app.faults.push(String(reason)))
addEventListener('error', ({ message }) => app.faults.push(message))

/** What is seen, kept for the test and shown. */
const Seen = ({ me }: { readonly me: string | null }): ReactNode => {
  const { status, user, reason } = useSession()
  const why = reason && [reason.code, 'sessionEndReason' in reason && reason.sessionEndReason]
  const reasonText = why ? why.filter(Boolean).join(' ') : null
  const email = user?.email ?? null
  useLayoutEffect(
    () => void app.shown.push({ at: Date.now(), status, user: email, me, reason: reasonText }),
    [status, email, me, reasonText],
  )
  return h('output', null, [status, email, me, reasonText].filter(Boolean).join(' · '))
}

const Home = (): ReactNode => {
  const [logOut] = useLogout()
  const { data } = useQuery(MeDocument)
  return h(
    'main',
    null,
    h(Seen, { me: data?.me?.email ?? null }),
    h('button', { type: 'button', onClick: () => void logOut() }, 'Sign out'),
  )
}

const LogIn = (): ReactNode => {
  const [logIn, { error }] = useLogin()
  const submit = (form: FormData): void =>
    void logIn({ email: String(form.get('email')), password: String(form.get('password')) })
  return h(
    'form',
    { action: submit },
    h(Seen, { me: null }),
    h('input', { name: 'email', 'aria-label': 'E-mail' }),
    h('input', { name: 'password', type: 'password', 'aria-label': 'Password' }),
    h('button', { type: 'submit' }, 'Log in'),
    error && h('p', { role: 'alert' }, outcomeOf(error)),
  )
}

const root = document.createElement('div')
document.body.append(root)
const children = [
  h(SignedIn, { key: 'in', loading: h(Seen, { me: null }) }, h(Home)),
  h(SignedOut, { key: 'out' }, h(LogIn)),
]
createRoot(root).render(
  h(StrictMode, null, h(SignetProvider, { client: signet }, h(ApolloProvider, { client, children }))),
)
