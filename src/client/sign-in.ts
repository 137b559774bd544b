// Signing in and out. Both take turns with refreshes, so that no late answer puts one session's cookie over another's.
import { SignetError } from './errors.js'
import type { LoginInput, SignetLoginMutation, SignupInput } from './generated/operations.js'
import { SignetLogin, SignetLogout, SignetSignup } from './generated/operations.js'
import type { SessionNeeds } from './refresh.js'
import { backOffMs } from './refresh.js'
import type { Sent } from './send.js'
import type { SignetUser } from './tokens.js'
import { tokensFrom } from './tokens.js'

/** What a log-in asks for. */
export type Credentials = Omit<LoginInput, 'delivery'>

/** What a sign-up asks for. */
export type NewAccount = Omit<SignupInput, 'delivery'>

interface Needs extends SessionNeeds {
  readonly patienceMs: number
}

/** Makes what signs users in and out. */
export const createSignIn = (needs: Needs) => {
  const { environment, send, session, tabs, vault, patienceMs } = needs
  const delivery = needs.delivery === 'cookie' ? 'COOKIE' : 'BODY'

  const signIn = (ask: () => Promise<Sent<SignetLoginMutation>>): Promise<SignetUser> =>
    tabs.alone(async () => {
      const sent = await ask()
      if (sent.kind !== 'data') throw sent.error
      const { result } = sent.data
      if (result.__typename !== 'AuthPayload')
        throw new SignetError('Update signet/client: it does not know this step.', {
          code: 'UNEXPECTED',
        })
      if (result.refreshToken !== null) await vault.keepRefreshToken(result.refreshToken)
      await vault.setLeaving(false)
      const tokens = tokensFrom(result, sent.sentAt)
      tabs.tellSignedIn(tokens)
      await session.adopt(tokens)
      return tokens.user
    })

  /** One try to tell the server: null when it is told, else why not and the least seconds to wait. Throws when refused. */
  const tellOnce = async (accessToken: string | undefined) => {
    const refreshToken = needs.delivery === 'body' ? await vault.readRefreshToken() : null
    const input = refreshToken === null ? null : { refreshToken }
    const sent = await send(SignetLogout, { input }, accessToken)
    if (sent.kind === 'unanswered') return sent
    await vault.setLeaving(false)
    await vault.forgetRefreshToken()
    if (sent.kind === 'refused') throw sent.error
    return null
  }

  /** Tells the server, again and again while it does not answer. Rejects when patience is over. */
  const tellServer = (accessToken: string | undefined): Promise<void> => {
    const version = session.version()
    const giveUpAt = environment.now() + patienceMs
    return tabs.alone(async () => {
      // A session that began meanwhile must not be ended in the place of this one.
      for (let failures = 0; session.version() === version; failures++) {
        const unanswered = await tellOnce(accessToken)
        if (!unanswered) return
        const waitMs = unanswered.retryAfterSeconds * 1000 + backOffMs(failures, environment.random())
        if (environment.now() + waitMs > giveUpAt) throw unanswered.error
        await new Promise<void>(resolve => environment.setTimer(waitMs, resolve))
      }
    })
  }

  return {
    /** Signs a user in; resolves to the user when the caches are empty and the session is shown. Rejects with SignetError. */
    login: (credentials: Credentials): Promise<SignetUser> =>
      signIn(() => send(SignetLogin, { input: { ...credentials, delivery } })),
    /** Makes an account and signs its user in, as `login` does. Rejects with SignetError. */
    signup: (account: NewAccount): Promise<SignetUser> =>
      signIn(() => send(SignetSignup, { input: { ...account, delivery } })),
    /**
     * Signs out: here and in all tabs at once, then on the server. Rejects when the server could not be told in time;
     * then the next start tells it, and nobody is signed in again by the cookie meanwhile.
     */
    logout: async (): Promise<void> => {
      const tokens = session.tokens()
      await vault.setLeaving(true)
      if (tokens) tabs.tellSignedOut(tokens.sessionId, { code: 'LOGOUT' })
      await session.end({ code: 'LOGOUT' })
      await tellServer(tokens?.accessToken)
    },
    /** Ends what a page before could not. */
    finishLeaving: () => tellServer(undefined),
  }
}
