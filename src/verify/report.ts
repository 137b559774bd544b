// Tells of each fault once, until all are over. Whatever the one who is told does, it is no fault
// of the one who tells.

/** Tells of faults with one part of Signet. */
export interface Reporter {
  failed(fault: unknown): void
  succeeded(): void
}

const textOf = (fault: unknown): string => {
  const cause = fault instanceof Error ? fault.cause : undefined
  const code = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  const text = fault instanceof Error ? fault.message : 'failed'
  return typeof code === 'string' ? `${text} (${code})` : text
}

/** More words than that for one outage help nobody. */
const maxTexts = 20

/** Makes a reporter; `what` begins each message. */
export const createReporter = (what: string, onFault: (fault: Error) => void): Reporter => {
  // A function that waits may reject as well as throw.
  const tell = (fault: Error): void => {
    new Promise(resolve => resolve(onFault(fault))).catch(() => {})
  }
  const told = new Set<string>()
  return {
    failed: fault => {
      const text = textOf(fault)
      if (told.has(text) || told.size >= maxTexts) return
      told.add(text)
      tell(new Error(`${what}: ${text}`, { cause: fault }))
    },
    succeeded: () => {
      told.clear()
    },
  }
}
