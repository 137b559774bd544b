// Commands that close what they opened when somebody ends them before they are done.

/** What ends a command, and the exit code that shells know for it: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** How work learns that it is to end, and how a prompt that took Ctrl-C from the terminal passes it on. */
export interface Interruption {
  readonly signal: AbortSignal
  interrupt(): void
}

/**
 * Does work that a signal may end. Then `signal` is aborted, what the work throws because of it is not a fault,
 * and the process' exit code tells the signal. Work that ends well all the same has ended well.
 */
export const runInterruptibly = async (
  work: (interruption: Interruption) => Promise<void>,
): Promise<void> => {
  const leaving = new AbortController()
  let exitCode = 0
  const leave = (name: keyof typeof exitCodes): void => {
    exitCode = exitCodes[name]
    leaving.abort()
  }
  // Kept for good: an impatient second Ctrl-C must not leave a database behind.
  for (const name of Object.keys(exitCodes)) process.on(name, leave)
  try {
    await work({ signal: leaving.signal, interrupt: () => leave('SIGINT') })
  } catch (fault) {
    if (!leaving.signal.aborted) throw fault
    process.exitCode = exitCode
  }
}
