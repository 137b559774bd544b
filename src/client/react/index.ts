// signet/client/react: the session for components. No effect sends anything twice in StrictMode, and a server renders
// `loading` and never refreshes. Where there are Server Components they may use these directly.
'use client'

export type { Action } from './actions.js'
export { useLogin, useLogout, useSignup } from './actions.js'
export type { SignetProviderProps } from './provider.js'
export { SignetProvider, useSignet } from './provider.js'
export type { SignedInProps, SignedOutProps } from './session.js'
export { SignedIn, SignedOut, useSession } from './session.js'
