// Who is signed in, as one value that changes by `adopt` and `end` alone. A change of user moves the epoch at once, so
// that no answer of the one before is let in, empties the caches, and only then shows the new one.
import type { SignetErrorDetails } from './errors.js'
import type { SignetUser, Tokens } from './tokens.js'

/** Why a session is over: the app's own sign-out, or what the server answered to a refresh. */
export type SignedOutReason =
  | { readonly code: 'LOGOUT' }
  | SignetErrorDetails<'REFRESH_TOKEN_INVALID' | 'REFRESH_TOKEN_REUSED' | 'ACCOUNT_DISABLED'>

/** What an app shows. Loading lasts until the server has said whether there is a session. */
export type SignetSession = (
  | { readonly status: 'loading'; readonly user: null; readonly reason: null }
  | { readonly status: 'signedIn'; readonly user: SignetUser; readonly reason: null }
  /** No reason: there was no session to end. */
  | { readonly status: 'signedOut'; readonly user: null; readonly reason: SignedOutReason | null }
) & {
  /**
   * Whether Signet goes unanswered, say offline: a refresh, which is tried again, and the session kept; or, signed out, the
   * word of that.
   */
  readonly retrying: boolean
}

/** What a client is before it knows. Server rendering starts, and stays, here. */
export const loading: SignetSession = { status: 'loading', user: null, reason: null, retrying: false }

/** The session of one client. */
export type SessionState = ReturnType<typeof createSession>

interface Needs {
  readonly emptyCaches: () => Promise<void>
  /** Gives React time to unmount what belongs to the user before. */
  readonly nextTask: () => Promise<void>
  readonly onSignedOut: ((reason: SignedOutReason) => void) | undefined
}

/** Makes a session that is loading. */
export const createSession = ({ emptyCaches, nextTask, onSignedOut }: Needs) => {
  const listeners = new Set<() => void>()
  const watchers = new Set<() => void>()
  let whenSettled = (): void => {}
  let shown: SignetSession = loading
  let tokens: Tokens | null = null
  let reason: SignedOutReason | null = null
  /** Undefined until known. */
  let owner: string | null | undefined
  let endedSessionId: string | null = null
  let epoch = 0
  let version = 0
  let settled = Promise.resolve()
  let settledVersion = 0

  const show = (next: SignetSession): void => {
    // The same again must be the same object: React compares.
    if (JSON.stringify(next) === JSON.stringify(shown)) return
    shown = next
    for (const listener of [...listeners]) listener()
  }
  const publish = (): void =>
    show(
      tokens
        ? { status: 'signedIn', user: tokens.user, reason: null, retrying: false }
        : { status: 'signedOut', user: null, reason, retrying: false },
    )

  const change = (next: Tokens | null, why: SignedOutReason | null): Promise<void> => {
    const before = owner
    const mine = ++version
    tokens = next
    reason = why
    owner = next?.user.id ?? null
    if (before !== undefined && before !== owner) {
      epoch += 1
      settled = settled.then(emptyCaches)
    }
    const published = settled.then(publish)
    settled = before === owner ? published : published.then(nextTask)
    void settled.then(() => {
      settledVersion = mine
      whenSettled()
    })
    for (const watcher of [...watchers]) watcher()
    return published
  }

  return {
    /** What to show; the same object until it changes. */
    current: () => shown,
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Told at once of every adoption and end, before anything is shown. */
    watch: (watcher: () => void): (() => void) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    tokens: () => tokens,
    isKnown: () => owner !== undefined,
    /** Counts changes of user. */
    epoch: () => epoch,
    /** Counts adoptions and ends. */
    version: () => version,
    /** Whether caches are empty and the newest state has been shown. */
    isSettled: () => settledVersion === version,
    /** Told after each adoption and end, when that may be so again. */
    onSettled: (listener: () => void): void => {
      whenSettled = listener
    },
    /** Takes tokens over; resolves when they are shown. */
    adopt: (next: Tokens) => change(next, null),
    /** Nobody is signed in; resolves when that is shown. */
    end: async (why: SignedOutReason | null): Promise<void> => {
      if (owner === null) return
      endedSessionId = tokens?.sessionId ?? null
      await change(null, why)
      if (why) onSignedOut?.(why)
    },
    /**
     * Whether tokens from another tab are news: newer than these or of another session, whose cookie then came last, and of
     * none that is known to have ended.
     */
    isNews: ({ sessionId, expiresAt }: Tokens): boolean =>
      sessionId !== endedSessionId && (tokens?.sessionId !== sessionId || expiresAt > tokens.expiresAt),
    /** The server refused this access token: it is used no more. Whether it was the one in use. */
    spoil: (accessToken: string): boolean => {
      if (tokens?.accessToken !== accessToken) return false
      tokens = { ...tokens, expiresAt: 0 }
      return true
    },
    setRetrying: (retrying: boolean): void => show({ ...shown, retrying }),
  }
}
