// The caches of the Apollo Clients that use the link. Emptied without `clearStore`, which leaves mounted queries deaf:
// `resetStore` lets them ask anew, as the new user.
import type { ApolloClient } from '@apollo/client'

/** The caches that hold what a user may see. */
export interface Caches {
  /** Called with each operation's client: so none has to be named. */
  remember(client: ApolloClient): void
  /** Resolves when all are empty; the refetches of mounted queries have not been sent by then. Never rejects. */
  empty(): Promise<void>
}

const empty = (client: ApolloClient): Promise<void> =>
  new Promise(resolve => {
    const forget = client.onResetStore(async () => {
      forget()
      resolve()
    })
    // What a refetch fails with is told by the query itself.
    void client
      .resetStore()
      .catch(() => {})
      .then(() => resolve())
  })

/** Makes the register of caches. */
export const createCaches = (): Caches => {
  const clients = new Set<ApolloClient>()
  return {
    remember: client => void clients.add(client),
    empty: async () => void (await Promise.all([...clients].map(empty))),
  }
}
