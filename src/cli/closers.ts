// What was opened is closed again in reverse, whatever fails.

/** What is to be closed. */
export interface Closers {
  /** Closed before all that was added earlier. */
  add(...closers: readonly (() => Promise<void>)[]): void
  /** Closes all of it; one that fails keeps none of the others from closing, and its fault is thrown at the end. */
  close(): Promise<void>
}

/** Begins with nothing to close. */
export const createClosers = (): Closers => {
  const closers: (() => Promise<void>)[] = []
  return {
    add: (...more) => void closers.push(...more),
    close: async () => {
      const faults: unknown[] = []
      for (let closer = closers.pop(); closer; closer = closers.pop()) {
        await closer().catch((fault: unknown) => faults.push(fault))
      }
      if (faults.length > 0) throw faults[0]
    },
  }
}
