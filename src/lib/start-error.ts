// A start that cannot go on for a reason the operator can mend: shown as its message alone, without a stack.

/** Thrown during start-up; `message` says what is wrong and what to do, and holds no secret. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** What is written when a command ends by a fault: what the operator can mend as its message alone. */
export const wordsOf = (fault: unknown): string =>
  fault instanceof StartError ? fault.message : fault instanceof Error ? `${fault.stack}` : String(fault)
