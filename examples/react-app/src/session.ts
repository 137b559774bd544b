// The session of this app: one Signet client, one Apollo Client and one socket, made once and outside of components.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client'
import { RetryLink } from '@apollo/client/link/retry'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import { createClient } from 'graphql-ws'
import { createSignetClient } from 'signet/client'

const url: string = import.meta.env.VITE_SIGNET_URL ?? 'http://localhost:4000/graphql'

export const signet = createSignetClient({ url, delivery: 'cookie' })

export const socket = createClient({
  url: url.replace(/^http/, 'ws'),
  connectionParams: signet.wsParams,
  on: signet.wsOn,
  // For as long as a page is open, whatever the network does.
  shouldRetry: () => true,
  retryAttempts: Number.POSITIVE_INFINITY,
  retryWait: retries => {
    const milliseconds = Math.min(30_000, 500 * 2 ** retries) * (0.5 + Math.random() / 2)
    return new Promise(resolve => setTimeout(resolve, milliseconds))
  },
})

// Signet closes a socket with 4401 when its token has expired, and graphql-ws takes that for final. It is not: the kit has
// a new token by then, or has ended the session.
const resubscribe = new RetryLink({
  delay: { initial: 200, max: 2_000 },
  attempts: { max: Number.POSITIVE_INFINITY, retryIf: error => !CombinedGraphQLErrors.is(error) },
})

export const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    resubscribe.concat(new GraphQLWsLink(socket)),
    signet.link.concat(new HttpLink({ uri: url })),
  ),
  cache: new InMemoryCache(),
})

/** Asks everything on the page again. What fails says so itself. */
export const askAgain = async (): Promise<void> => {
  await client.refetchQueries({ include: 'active' }).catch(() => {})
}
