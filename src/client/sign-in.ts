// Signing in and out. Both take turns with refreshes, so that no late answer puts one session's cookie over another's.
import { SignetError } from './errors.js'
import type { LoginInput, SignetLoginMutation, SignupInput, TokenDelivery } from './generated/operations.js'
import { SignetLogin, SignetLogout, SignetSignup } from './generated/operations.js'
import type { SessionNeeds } from './refresh.js'
import type { Failure, Send } from './send.js'
import type { SignetUser } from './tokens.js'
import { tokensFrom } from './tokens.js'
import type { TypedString } from './typed-string.js'
import { backOffMs, sleep } from './waits.js'

/** What a log-in asks for. */
export type Credentials = Omit<LoginInput, 'delivery'>

/** What a sign-up asks for. */
export type NewAccount = Omit<SignupInput, 'delivery'>

interface Needs extends SessionNeeds {
  readonly patienceMs: number
}

type Document<Input> = TypedString<
  SignetLoginMutation,
  { readonly input: Input & { readonly delivery: TokenDelivery } }
>

/** Makes what signs users in and out. */
export const createSignIn = (needs: Needs) => {
  const { environment, send, session, tabs, vault, patienceMs } = needs
  const delivery = needs.delivery === 'cookie' ? 'COOKIE' : 'BODY'

  const tell = (refreshToken: string | null, how: Parameters<Send>[2]) =>
    send(SignetLogout, { input: { refreshToken } }, { ...how, keepalive: true })

  const signIn = <Input>(document: Document<Input>, input: Input): Promise<SignetUser> =>
    tabs.alone(async () => {
      const sent = await send(document, { input: { ...input, delivery } })
      if (sent.kind !== 'data') throw sent.error
      const { result } = sent.data
      if (result.__typename !== 'AuthPayload')
        throw new SignetError('Update signet/client: it does not know this step.', {
          code: 'UNEXPECTED',
        })
      try {
        await vault.keepRefreshToken(result.refreshToken)
        await vault.stay()
      } catch (error) {
        // Nobody could go on with it, and whoever was signed in before still is.
        await tell(result.refreshToken, { accessToken: result.accessToken })
        throw error
      }
      const tokens = tokensFrom(result, sent.sentAt)
      tabs.tellSignedIn(tokens)
      await session.adopt(tokens)
      return tokens.user
    })

  /** One try to tell the server: null when it is told, else why not. */
  const tellOnce = async (accessToken: string | undefined): Promise<Failure | null> => {
    let fault: unknown = null
    const refreshToken = await vault.readRefreshToken().catch(error => {
      fault = error
      return null
    })
    const sent = await tell(refreshToken, { accessToken, until: session.watch })
    if (sent.kind !== 'data') return sent
    // The access token alone may do too. If it did not, there has to be another try.
    if (fault && !sent.data.result.sessionsEnded) return { error: fault, retryAfterSeconds: 0 }
    await vault.forget()
    return null
  }

  /** Tells the server, again and again while it does not answer. Rejects when patience is over. */
  const tellServer = async (accessToken?: string): Promise<void> => {
    const version = session.version()
    const isOvertaken = (): boolean => session.version() !== version
    const giveUpAt = environment.now() + patienceMs
    for (let failures = 0; ; failures++) {
      // A turn for each try, so that whoever logs in meanwhile waits for one at the most. Their session must not be ended
      // in the place of this one.
      const failure = await tabs.alone(async () => (isOvertaken() ? null : tellOnce(accessToken)))
      if (isOvertaken()) return
      const waitMs = (failure?.retryAfterSeconds ?? 0) * 1000 + backOffMs(failures, environment.random())
      const isOver = !failure || environment.now() + waitMs > giveUpAt
      session.setRetrying(!isOver)
      if (!failure) return
      if (isOver) throw failure.error
      await sleep(environment, waitMs)
    }
  }

  return {
    /** Signs a user in; resolves to the user when the caches are empty and the session is shown. Rejects with SignetError. */
    login: (credentials: Credentials): Promise<SignetUser> => signIn(SignetLogin, credentials),
    /** Makes an account and signs its user in, as `login` does. Rejects with SignetError. */
    signup: (account: NewAccount): Promise<SignetUser> => signIn(SignetSignup, account),
    /**
     * Signs out: here and in all tabs at once, then on the server. Rejects when the server could not be told in time;
     * then the next start tells it, and nobody is signed in again by the cookie meanwhile.
     */
    logout: async (): Promise<void> => {
      const tokens = session.tokens()
      const left = vault.leave()
      if (tokens) tabs.tellSignedOut(tokens.sessionId, { code: 'LOGOUT' })
      await session.end({ code: 'LOGOUT' })
      await left
      await tellServer(tokens?.accessToken)
    },
    tellServer,
  }
}
