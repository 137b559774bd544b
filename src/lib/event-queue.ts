// A bounded queue between those who tell and one who listens, as an async iterator.

/** What is told and not yet heard. */
export interface EventQueue<T> {
  /** Whoever listens; returning from it ends the queue. */
  readonly events: AsyncIterableIterator<T>
  /** Tells; false when nobody listens quickly enough, and it was not taken. */
  push(event: T): boolean
  /** What was told is still heard, and then no more. */
  end(): void
}

/** Creates a queue that holds at most `limit` events; `onEnd` is called once, when nobody listens any more. */
export const createEventQueue = <T>(limit: number, onEnd: () => void): EventQueue<T> => {
  const waiting: T[] = []
  let isEnded = false
  let isOver = false
  let answer: ((result: IteratorResult<T>) => void) | null = null

  const finish = (): IteratorResult<T> => {
    if (!isOver) {
      isOver = true
      waiting.length = 0
      onEnd()
    }
    return { done: true, value: undefined }
  }
  const settle = (result: IteratorResult<T>): void => {
    answer?.(result)
    answer = null
  }

  const events: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => events,
    next: () => {
      const [event] = waiting.splice(0, 1)
      if (event !== undefined) return Promise.resolve({ done: false, value: event })
      if (isEnded) return Promise.resolve(finish())
      return new Promise(resolve => {
        answer = resolve
      })
    },
    // Also while `next` waits, which a generator could not do.
    return: () => {
      isEnded = true
      const result = finish()
      settle(result)
      return Promise.resolve(result)
    },
  }
  return {
    events,
    push: event => {
      if (isEnded) return true
      if (answer) {
        settle({ done: false, value: event })
        return true
      }
      if (waiting.length >= limit) return false
      waiting.push(event)
      return true
    },
    end: () => {
      isEnded = true
      if (answer) settle(finish())
    },
  }
}
