// Where operations wait for a token: for one refresh, all of them, and they leave in the order in which they came.
import type { SignetEnvironment } from './environment.js'
import { unreachable } from './errors.js'
import type { Refresher } from './refresh.js'
import type { SessionState } from './session.js'
import { isUsable } from './tokens.js'

interface Needs {
  readonly environment: SignetEnvironment
  readonly session: SessionState
  /** Starts the session, once; resolves when it is decided who is signed in. */
  readonly start: () => Promise<void>
  readonly refresher: Pick<Refresher, 'refresh' | 'lastFailure'>
  /** How long an operation waits while refreshes go unanswered. */
  readonly patienceMs: number
  /** A server that renders pages has no session: nothing waits for one. */
  readonly isInert: boolean
}

/** Who wants to go on with a good token, or as nobody. */
export interface Waiter {
  /** Its place in the line; the lower goes first. */
  readonly place: number
  readonly go: () => void
  readonly giveUp: (error: unknown) => void
}

/** The line of one client. */
export interface Line {
  /** Lets somebody go: at once if the token is good or nobody is signed in, else after a refresh, which it starts. */
  pass(waiter: Waiter): void
  /** For who does not want to go any more. */
  leave(waiter: Waiter): void
}

/** Makes the line. */
export const createLine = ({ environment, session, start, refresher, patienceMs, isInert }: Needs): Line => {
  /** With what stops the clock of each. */
  const waiting = new Map<Waiter, () => void>()
  let isDriving = false

  const isDecided = (): boolean => {
    const tokens = session.tokens()
    return session.isKnown() && (!tokens || isUsable(tokens, environment.now()))
  }
  const isOpen = (): boolean => isInert || (session.isSettled() && isDecided())

  /** Sees to it that it will be decided who is signed in: then the session changes, and all may go. */
  const drive = async (): Promise<void> => {
    if (isDriving) return
    isDriving = true
    await start()
    while (waiting.size > 0 && !isDecided()) await refresher.refresh()
    isDriving = false
  }

  const leave = (waiter: Waiter): void => {
    waiting.get(waiter)?.()
    waiting.delete(waiter)
  }

  session.onSettled(() => {
    // Word from another tab counts too, whatever a request of this one is still waiting for.
    if (!isOpen()) return
    for (const waiter of [...waiting.keys()].sort((one, other) => one.place - other.place)) {
      leave(waiter)
      waiter.go()
    }
  })

  return {
    pass: waiter => {
      if (isOpen()) return waiter.go()
      const giveUp = (): void => {
        leave(waiter)
        waiter.giveUp(refresher.lastFailure() ?? unreachable())
      }
      waiting.set(waiter, environment.setTimer(patienceMs, giveUp))
      void drive()
    },
    leave,
  }
}
