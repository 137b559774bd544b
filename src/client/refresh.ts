// Keeps the session going: one refresh at a time, ahead of expiry and after sleep, again and again until it is answered.
// Three answers end a session; nothing else does.
import type { SignetEnvironment } from './environment.js'
import type { SignetErrorDetails } from './errors.js'
import type { SignetRefreshMutation } from './generated/operations.js'
import { SignetRefresh } from './generated/operations.js'
import type { Failure, Send, Sent } from './send.js'
import type { SessionState, SignedOutReason } from './session.js'
import type { Tabs } from './tabs.js'
import { tokensFrom } from './tokens.js'
import type { Vault } from './vault.js'
import { backOffMs } from './waits.js'

/** What begins, keeps and ends a session takes. */
export interface SessionNeeds {
  readonly environment: SignetEnvironment
  readonly send: Send
  readonly session: SessionState
  readonly tabs: Tabs
  readonly vault: Vault
  readonly delivery: 'cookie' | 'body'
}

/** Keeps one session going. */
export type Refresher = ReturnType<typeof createRefresher>

const endingCodes: readonly string[] = ['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED', 'ACCOUNT_DISABLED']

const isEnd = (details: SignetErrorDetails): details is Exclude<SignedOutReason, { code: 'LOGOUT' }> =>
  endingCodes.includes(details.code)

const missing: SignedOutReason = { code: 'REFRESH_TOKEN_INVALID', reason: 'MISSING' }

/** Makes the keeper of a session. */
export const createRefresher = ({ environment, send, session, tabs, vault, delivery }: SessionNeeds) => {
  const { now, random, setTimer } = environment
  let flight: { readonly version: number; readonly decided: Promise<void> } | null = null
  let lastFailure: unknown = null
  /** Ends the sleep between two tries; what the server asked for only when there is nothing more to try. */
  let endSleep = (_isOver: boolean): void => {}
  let cancelTimer = (): void => {}
  let isClosed = false

  const waitToRetry = (failures: number, seconds: number): Promise<void> =>
    new Promise(resolve => {
      const askedForUntil = now() + seconds * 1000
      const cancel = setTimer(seconds * 1000 + backOffMs(failures, random()), resolve)
      endSleep = isOver => {
        if (!isOver && now() < askedForUntil) return
        cancel()
        resolve()
      }
      session.setRetrying(true)
    })

  const ask = async (): Promise<Sent<SignetRefreshMutation> | null> => {
    const refreshToken = await vault.readRefreshToken()
    if (delivery === 'body' && refreshToken === null) return null
    const input = { attemptId: await vault.beginAttempt(), refreshToken }
    // Cut off where word of another session comes first, so that no cookie of this one comes after that one's.
    return send(SignetRefresh, { input }, { until: session.watch })
  }

  const accept = async ({ result }: SignetRefreshMutation, sentAt: number, isOvertaken: () => boolean) => {
    // Before anything else: from here on the old one is spent.
    await vault.keepRefreshToken(result.refreshToken)
    await vault.endAttempt()
    if (isOvertaken()) return
    // Another tab is about to end this session.
    if (await vault.isLeaving()) return session.end(null)
    const tokens = tokensFrom(result, sentAt)
    tabs.tellSignedIn(tokens)
    void session.adopt(tokens)
  }

  const conclude = async (end: SignedOutReason, isOvertaken: () => boolean): Promise<void> => {
    await vault.endAttempt()
    if (isOvertaken()) return
    await vault.forget()
    const sessionId = session.tokens()?.sessionId
    if (sessionId !== undefined) tabs.tellSignedOut(sessionId, end)
    const hadNone = !session.isKnown() && 'reason' in end && end.reason === 'MISSING'
    void session.end(hadNone ? null : end)
  }

  /** One try: null when it decided something or was overtaken, else why not. */
  const tryOnce = async (isOvertaken: () => boolean): Promise<Failure | null> => {
    if (isOvertaken()) return null
    const sent = await ask()
    if (sent?.kind === 'data') {
      await accept(sent.data, sent.sentAt, isOvertaken)
      return null
    }
    const end = sent ? sent.error.signet : missing
    // Refused for a reason that says nothing of the session, such as an origin that is not allowed yet: as if unanswered.
    if (!isEnd(end)) return sent
    await conclude(end, isOvertaken)
    return null
  }

  const run = async (version: number): Promise<void> => {
    const isOvertaken = (): boolean => isClosed || session.version() !== version
    for (let failures = 0; !isOvertaken(); failures++) {
      // A storage that fails is like a server that does: the session is kept, and the same attempt tried again.
      const failure = await tabs.alone(() =>
        tryOnce(isOvertaken).catch(error => ({ error, retryAfterSeconds: 0 })),
      )
      if (!failure || isOvertaken()) return
      lastFailure = failure.error
      await waitToRetry(failures, failure.retryAfterSeconds)
    }
  }

  /**
   * Refreshes, together with whoever asks meanwhile; resolves when it is decided who is signed in, or that was done by
   * another. Never rejects; never resolves once closed.
   */
  const refresh = (): Promise<void> => {
    if (isClosed) return new Promise(() => {})
    const version = session.version()
    // One that was overtaken ends by itself; it is not this one's answer.
    if (flight?.version !== version) flight = { version, decided: run(version) }
    return flight.decided
  }

  const schedule = (): void => {
    cancelTimer()
    const tokens = session.tokens()
    if (!tokens) return
    // At 80 % of its life, a little sooner by chance: so one tab is the first, and all clients do not come at once.
    const dueAt = tokens.expiresAt - tokens.lifetimeMs * (0.2 + random() / 10)
    cancelTimer = setTimer(Math.max(0, dueAt - now()), () => void refresh())
  }

  const unwatch = session.watch(() => {
    lastFailure = null
    endSleep(true)
    schedule()
  })
  const stopWaking = environment.onWake(() => {
    endSleep(false)
    // The timer may have slept too.
    schedule()
  })

  return {
    refresh,
    /** Why the refresh under way has not been answered yet, if it was tried. */
    lastFailure: () => lastFailure,
    close: (): void => {
      isClosed = true
      unwatch()
      stopWaking()
      cancelTimer()
      endSleep(true)
    },
  }
}
