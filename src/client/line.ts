// Where operations wait for a token: for one refresh, all of them, and they leave in the order in which they came.
import type { SignetEnvironment } from './environment.js'
import { SignetError } from './errors.js'
import type { Refresher } from './refresh.js'
import type { SessionState } from './session.js'
import { isUsable } from './tokens.js'

interface Needs {
  readonly environment: SignetEnvironment
  readonly session: SessionState
  /** Starts the session, or refreshes it; resolves when it is decided who is signed in. */
  readonly decide: () => Promise<void>
  readonly refresher: Pick<Refresher, 'lastFailure'>
  /** How long an operation waits while refreshes go unanswered. */
  readonly patienceMs: number
}

interface Waiter {
  readonly place: number
  readonly go: () => void
  readonly giveUp: (error: SignetError) => void
}

/** The line of one client. */
export interface Line {
  /** A place in the line, counted upward. */
  takePlace(): number
  /** Whether there is no need to wait: the token is good, or nobody is signed in. */
  isOpen(): boolean
  /** Waits for the refresh (and starts it); gives what leaves the line. */
  join(waiter: Waiter): () => void
}

const unreachable = (): SignetError =>
  new SignetError('Signet could not be reached. The session is kept; try again shortly.', {
    code: 'UNREACHABLE',
  })

/** Makes the line. */
export const createLine = ({ environment, session, decide, refresher, patienceMs }: Needs): Line => {
  const waiting = new Set<Waiter>()
  let places = 0
  let isSettling = false
  let isWaited = false

  const isDecided = (): boolean => {
    const tokens = session.tokens()
    return session.isKnown() && (!tokens || isUsable(tokens, environment.now()))
  }

  const release = (): void => {
    for (const { go } of [...waiting].sort((one, other) => one.place - other.place)) go()
  }

  const wait = async (): Promise<void> => {
    if (isWaited) return
    isWaited = true
    while (waiting.size > 0 && !isDecided()) await decide()
    await session.settled()
    isWaited = false
    release()
  }

  session.watch(() => {
    isSettling = true
    const settled = session.settled()
    void settled.then(() => {
      if (session.settled() !== settled) return
      isSettling = false
      // Word from another tab ends the wait too, whatever a request of this one is still waiting for.
      if (isDecided()) release()
    })
  })

  return {
    takePlace: () => ++places,
    isOpen: () => !isSettling && isDecided(),
    join: ({ place, go, giveUp }) => {
      const leave = (): void => {
        cancel()
        waiting.delete(waiter)
      }
      const cancel = environment.setTimer(patienceMs, () => {
        leave()
        giveUp(refresher.lastFailure() ?? unreachable())
      })
      const waiter: Waiter = {
        place,
        go: () => {
          leave()
          go()
        },
        giveUp,
      }
      waiting.add(waiter)
      void wait()
      return leave
    },
  }
}
