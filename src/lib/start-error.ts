// A start that cannot go on for a reason the operator can mend: shown as its message alone, without a stack.

/** Thrown during start-up; `message` says what is wrong and what to do, and holds no secret. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
