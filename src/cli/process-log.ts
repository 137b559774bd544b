// The log of a process that serves.
import type { Config } from '../config.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import { createLog } from '../lib/log.js'

/** Opens it, on standard error; what no code has caught goes there too. */
export const openProcessLog = (
  { logLevel }: Config,
  base: { readonly worker: number } | null = null,
): Log => {
  const log = createLog(logLevel, 2, base)
  process.on('unhandledRejection', fault =>
    log.error({ fault: describeFault(fault) }, 'an unhandled rejection'),
  )
  return log
}
