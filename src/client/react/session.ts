// The session as a component sees it.
import type { ReactNode } from 'react'
import { createElement, Fragment, useSyncExternalStore } from 'react'
import type { SignetSession } from '../session.js'
import { loading } from '../session.js'
import type { SignetUser } from '../tokens.js'
import { useSignet } from './provider.js'

const onServer = (): SignetSession => loading

/** The session: its status, user, why it ended and whether Signet is out of reach. Starts as `loading`. */
export const useSession = (): SignetSession => {
  const { subscribe, session } = useSignet()
  return useSyncExternalStore(subscribe, session, onServer)
}

/** What SignedIn takes. */
export interface SignedInProps {
  /** What to show; a function gets the user. */
  readonly children?: ReactNode | ((user: SignetUser) => ReactNode)
  /** What to show until it is known whether anybody is signed in. */
  readonly loading?: ReactNode
}

/**
 * Shows its children while a user is signed in. Another user gets new ones: no state of a component goes from one user
 * to the next.
 */
export const SignedIn = ({ children, loading: waiting = null }: SignedInProps): ReactNode => {
  const { status, user } = useSession()
  if (status === 'loading') return waiting
  if (!user) return null
  return createElement(Fragment, { key: user.id }, typeof children === 'function' ? children(user) : children)
}

/** What SignedOut takes. */
export interface SignedOutProps {
  readonly children?: ReactNode
}

/** Shows its children while it is known that nobody is signed in. */
export const SignedOut = ({ children }: SignedOutProps): ReactNode =>
  useSession().status === 'signedOut' ? children : null
