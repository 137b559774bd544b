// What a run opened, closed again in reverse at its end, however it ends.

/** A stack of things to close. */
export interface Closers {
  add(close: () => Promise<void>): void
  /** Closes everything; one that fails keeps none of the others from closing. */
  closeAll(): Promise<void>
}

/** Creates an empty stack; `onFault` is told what could not be closed. */
export const createClosers = (onFault: (fault: unknown) => void): Closers => {
  const closers: (() => Promise<void>)[] = []
  return {
    add: close => void closers.push(close),
    closeAll: async () => {
      for (let close = closers.pop(); close; close = closers.pop()) await close().catch(onFault)
    },
  }
}
