// Signing in and out from a form: the call never rejects, what went wrong is state.
import { useCallback, useState } from 'react'
import type { Credentials, NewAccount } from '../sign-in.js'
import type { SignetUser } from '../tokens.js'
import { useSignet } from './provider.js'

/** An action and how it stands: `const [login, { loading, error }] = useLogin()`. */
export type Action<Input extends readonly unknown[], Result> = readonly [
  /** Resolves to null when it failed; then `error` says why. */
  run: (...input: Input) => Promise<Result | null>,
  state: { readonly loading: boolean; readonly error: Error | null },
]

const useAction = <Input extends readonly unknown[], Result>(
  perform: (...input: Input) => Promise<Result>,
): Action<Input, Result> => {
  const [state, setState] = useState<{ loading: boolean; error: Error | null }>({
    loading: false,
    error: null,
  })
  const run = useCallback(
    async (...input: Input): Promise<Result | null> => {
      setState({ loading: true, error: null })
      try {
        const result = await perform(...input)
        setState({ loading: false, error: null })
        return result
      } catch (error) {
        setState({ loading: false, error: error instanceof Error ? error : new Error(String(error)) })
        return null
      }
    },
    [perform],
  )
  return [run, state]
}

/** Logs in: resolves to the user, or to null with the reason in `error` (`isSignetError` tells which). */
export const useLogin = (): Action<[Credentials], SignetUser> => useAction(useSignet().login)

/** Makes an account and signs it in: resolves to the user, or to null with the reason in `error`. */
export const useSignup = (): Action<[NewAccount], SignetUser> => useAction(useSignet().signup)

/** Signs out, in all tabs: resolves to true, or to null when the server could not be told. */
export const useLogout = (): Action<[], true> => {
  const { logout } = useSignet()
  return useAction(useCallback(() => logout().then(() => true as const), [logout]))
}
