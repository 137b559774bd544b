// Structured log (pino, JSON lines on standard error). No secret, token, password or e-mail address is ever
// handed to it; faults pass through `describeFault`, which strips what a library may have put in a message.
import type { Logger } from 'pino'
import { destination, pino } from 'pino'

/** What the rest of Signet logs to. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>

/** The levels that LOG_LEVEL takes, from everything to nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/**
 * Creates a log that writes JSON lines to a file descriptor or a file; standard error unless told. Of several processes
 * that write there, each says in its lines which worker it is.
 */
export const createLog = (
  level: (typeof logLevels)[number],
  to: number | string = 2,
  base: { readonly worker: number } | null = null,
): Log => pino({ level, base }, destination({ dest: to, sync: true, mkdir: true }))
