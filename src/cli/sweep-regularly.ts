// Forgets what expired, for as long as Signet runs.
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'

/** Sweeps now and every so often, until it is closed. */
export const sweepRegularly = (
  { log }: { readonly log: Log },
  what: string,
  milliseconds: number,
  sweepOnce: () => Promise<number>,
): (() => Promise<void>) => {
  const sweep = (): void => {
    sweepOnce().then(
      count => log.debug({ count }, `expired ${what} were forgotten`),
      (error: unknown) => log.warn({ fault: describeFault(error) }, `expired ${what} could not be forgotten`),
    )
  }
  sweep()
  const timer = setInterval(sweep, milliseconds)
  return async () => clearInterval(timer)
}
