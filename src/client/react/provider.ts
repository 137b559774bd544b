// Gives a tree its client.
import type { ReactNode } from 'react'
import { createContext, createElement, useContext } from 'react'
import type { SignetClient } from '../create.js'

const ClientContext = createContext<SignetClient | null>(null)

/** What SignetProvider takes. */
export interface SignetProviderProps {
  /** Made once, outside of components. */
  readonly client: SignetClient
  readonly children?: ReactNode
}

/** Gives everything below it the session of a client. */
export const SignetProvider = ({ client, children }: SignetProviderProps): ReactNode =>
  createElement(ClientContext.Provider, { value: client }, children)

/** The client of the tree. Throws without a SignetProvider above. */
export const useSignet = (): SignetClient => {
  const client = useContext(ClientContext)
  if (!client) throw new Error('There is no session here: put <SignetProvider client={…}> around your app.')
  return client
}
