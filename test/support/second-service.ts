// What tests of a second service have in common.
import { systemStopwatch } from '../../src/lib/clock.js'
import type { Verifier } from '../../src/verify/index.js'

/** What comes of a token: ok, or why it is refused. */
export const reasonOf = async (verifier: Pick<Verifier, 'verify'>, token: string): Promise<string> => {
  const result = await verifier.verify(token)
  return result.ok ? 'ok' : result.reason
}

/** Time that a test lets pass for a service. */
export const passing = () => {
  let seconds = 0
  return {
    stopwatch: () => systemStopwatch() + seconds,
    pass: (more: number) => {
      seconds += more
    },
  }
}
