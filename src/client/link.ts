// The Apollo link: every operation carries a good token or waits for one. A refusal before execution is sent again once;
// an answer to one user never reaches another's cache.
import { ApolloLink } from '@apollo/client/link'
import type { Subscriber } from 'rxjs'
import { Observable, Subscription } from 'rxjs'
import type { Caches } from './caches.js'
import { SignetError } from './errors.js'
import type { Line, Waiter } from './line.js'
import type { Refusal } from './refusal.js'
import { createResending, refusalIn, refusalOf } from './refusal.js'
import type { SessionState } from './session.js'

interface Needs {
  readonly session: SessionState
  readonly line: Line
  readonly caches: Caches
}

const sessionChanged = (): SignetError =>
  new SignetError('The user changed: the answer was dropped. A mutation may have been carried out.', {
    code: 'SESSION_CHANGED',
  })

/** The context with the token. An operation sent again later, by a link in front, must not carry the one of before. */
const bearing = (
  accessToken: string | null,
  { headers, isSignets }: Readonly<ApolloLink.OperationContext>,
): Partial<ApolloLink.OperationContext> => {
  if (accessToken !== null)
    return { headers: { ...headers, authorization: `Bearer ${accessToken}` }, isSignets: true }
  if (isSignets !== true) return {}
  const { authorization: _, ...others } = headers
  return { headers: others }
}

/** Makes the link; it goes in front of the one that sends. */
export const createLink = ({ session, line, caches }: Needs): ApolloLink => {
  const isWorthResending = createResending()
  let places = 0

  const perform = (
    operation: ApolloLink.Operation,
    forward: ApolloLink.ForwardFunction,
    observer: Subscriber<ApolloLink.Result>,
  ): (() => void) => {
    const epoch = session.epoch()
    let isSecond = false
    let sending = new Subscription()

    const isOvertaken = (): boolean => {
      if (session.epoch() === epoch) return false
      observer.error(sessionChanged())
      return true
    }

    const send = (): void => {
      if (isOvertaken()) return
      const accessToken = session.tokens()?.accessToken ?? null
      operation.setContext(previous => bearing(accessToken, previous))
      const own = new Subscription()
      sending = own

      /** Deals with what must not go on as it is: an answer to somebody else, and a refusal that a refresh may cure. */
      const isHandled = (refusal: Refusal | null): boolean => {
        if (isOvertaken()) return true
        if (accessToken === null || !isWorthResending(refusal, accessToken, isSecond)) return false
        isSecond = true
        session.spoil(accessToken)
        own.unsubscribe()
        line.pass(waiter)
        return true
      }
      const answers = forward(operation).subscribe({
        next: answer => {
          if (!isHandled(refusalIn(answer, operation))) observer.next(answer)
        },
        error: error => {
          if (!isHandled(refusalOf(error))) observer.error(error)
        },
        complete: () => observer.complete(),
      })
      // Where the answer came at once and was a refusal, this unsubscribes.
      own.add(answers)
    }

    const waiter: Waiter = { place: ++places, go: send, giveUp: error => observer.error(error) }
    line.pass(waiter)
    return () => {
      line.leave(waiter)
      sending.unsubscribe()
    }
  }

  return new ApolloLink((operation, forward) => {
    caches.remember(operation.client)
    return new Observable(observer => perform(operation, forward, observer))
  })
}
