// What happens to the session elsewhere, as it happens. Its end needs nothing here: the kit hears of it and useSession
// says why.
import { useSubscription } from '@apollo/client/react'
import { nameDevice } from './devices'
import { graphql } from './generated'
import { useNotify } from './parts/notices'
import { askAgain } from './session'

const SessionEvents = graphql(`
  subscription SessionEvents {
    sessionEvents {
      __typename
      at
      ... on SignedIn {
        session {
          id
          userAgent
        }
      }
    }
  }
`)

export const useSessionEvents = (): void => {
  const notify = useNotify()
  useSubscription(SessionEvents, {
    fetchPolicy: 'no-cache',
    onData: ({ data: { data } }) => {
      const event = data?.sessionEvents
      if (event?.__typename === 'SignedIn') {
        notify(`New sign-in with your account: ${nameDevice(event.session.userAgent)}.`)
        void askAgain()
      }
      if (event?.__typename === 'RightsChanged') {
        notify('Your roles have changed.')
        // The token is stale now. The kit refreshes it on the way, and useSession has the new roles.
        void askAgain()
      }
    },
  })
}
