// Keeps the session going: one refresh at a time, ahead of expiry and after sleep, again and again until it is answered.
// Three answers end a session; nothing else does.
import type { SignetEnvironment } from './environment.js'
import type { SignetError } from './errors.js'
import type { SignetRefreshMutation } from './generated/operations.js'
import { SignetRefresh } from './generated/operations.js'
import type { Send, Sent } from './send.js'
import type { SessionState, SignedOutReason } from './session.js'
import type { Tabs } from './tabs.js'
import { isUsable, tokensFrom } from './tokens.js'
import type { Vault } from './vault.js'

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

const endingCodes = ['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED', 'ACCOUNT_DISABLED'] as const

const endOf = ({ signet }: SignetError): SignedOutReason | null =>
  signet.code === endingCodes[0] || signet.code === endingCodes[1] || signet.code === endingCodes[2]
    ? signet
    : null

const missing: SignedOutReason = { code: 'REFRESH_TOKEN_INVALID', reason: 'MISSING' }

/** Milliseconds until the next try, beside what the server asked for: from half a second to half a minute. */
export const backOffMs = (failures: number, random: number): number =>
  Math.min(30_000, 1_000 * 2 ** failures) * (0.5 + random / 2)

/** Makes the keeper of a session. */
export const createRefresher = ({ environment, send, session, tabs, vault, delivery }: SessionNeeds) => {
  const { now, random, setTimer } = environment
  let flight: { readonly version: number; readonly decided: Promise<void> } | null = null
  let lastFailure: SignetError | null = null
  let endSleep = (): void => {}
  /** Ends a sleep that the server did not ask for. */
  let wakeUp = (): void => {}
  let cancelTimer = (): void => {}
  let isClosed = false

  const sleep = (milliseconds: number): Promise<void> =>
    new Promise(resolve => {
      const cancel = setTimer(milliseconds, resolve)
      endSleep = () => {
        cancel()
        resolve()
      }
    })

  const waitToRetry = async (
    isOvertaken: () => boolean,
    failures: number,
    seconds: number,
  ): Promise<void> => {
    session.setRetrying(true)
    if (seconds > 0) await sleep(seconds * 1000)
    if (isOvertaken()) return
    const sleeping = sleep(backOffMs(failures, random()))
    wakeUp = endSleep
    await sleeping
    wakeUp = () => {}
  }

  const ask = async (): Promise<Sent<SignetRefreshMutation> | null> => {
    const refreshToken = delivery === 'body' ? await vault.readRefreshToken() : null
    if (delivery === 'body' && refreshToken === null) return null
    return send(SignetRefresh, {
      input: { attemptId: await vault.beginAttempt(), ...(refreshToken !== null && { refreshToken }) },
    })
  }

  const accept = async ({ result }: SignetRefreshMutation, sentAt: number, isOvertaken: () => boolean) => {
    // Before anything else: from here on the old one is spent.
    if (result.refreshToken !== null) await vault.keepRefreshToken(result.refreshToken)
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
    await vault.forgetRefreshToken()
    const sessionId = session.tokens()?.sessionId
    if (sessionId !== undefined) tabs.tellSignedOut(sessionId, end)
    const hadNone = end.code === 'REFRESH_TOKEN_INVALID' && end.reason === 'MISSING' && !session.isKnown()
    void session.end(hadNone ? null : end)
  }

  /** One try: null when it decided something or was overtaken, else the least seconds to wait before the next. */
  const tryOnce = async (isOvertaken: () => boolean): Promise<number | null> => {
    if (isOvertaken()) return null
    const sent = await ask()
    if (sent?.kind === 'data') {
      await accept(sent.data, sent.sentAt, isOvertaken)
      return null
    }
    const end = sent ? sent.kind === 'refused' && endOf(sent.error) : missing
    if (end) {
      await conclude(end, isOvertaken)
      return null
    }
    lastFailure = sent?.error ?? null
    // Refused for a reason that says nothing of the session, such as an origin that is not allowed yet: as if unanswered.
    return sent?.kind === 'unanswered' ? sent.retryAfterSeconds : 0
  }

  const run = async (version: number): Promise<void> => {
    const isOvertaken = (): boolean => isClosed || session.version() !== version
    for (let failures = 0; !isOvertaken(); failures++) {
      // A storage that fails is like a server that does: the session is kept, and the same attempt tried again.
      const waitSeconds = await tabs.alone(() => tryOnce(isOvertaken).catch(() => 0))
      if (waitSeconds === null || isOvertaken()) return
      await waitToRetry(isOvertaken, failures, waitSeconds)
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
    endSleep()
    schedule()
  })
  const stopWaking = environment.onWake(() => {
    wakeUp()
    const tokens = session.tokens()
    // The timer may have slept too. One fifth of its life before its end it is due.
    if (tokens && !isUsable({ ...tokens, expiresAt: tokens.expiresAt - tokens.lifetimeMs / 5 }, now()))
      void refresh()
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
      endSleep()
    },
  }
}
