// Lets at most so many do something at a time; the others wait in their order.

/** Makes a function that runs work when it is its turn. */
export const takeTurns = (places: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let free = places
  const waiting: (() => void)[] = []
  return async work => {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
