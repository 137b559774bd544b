// The only place that reads the time; everything else is handed a Clock, so that tests can move it.

/** Gives the current time. */
export type Clock = () => Date

/** The machine's clock. */
export const systemClock: Clock = () => new Date()

/** Gives seconds that only ever grow and that no correction of the clock touches; only their differences mean something. */
export type Stopwatch = () => number

/** The machine's monotonic clock. */
export const systemStopwatch: Stopwatch = () => performance.now() / 1000

/** Whole seconds since 1970, the unit of `exp`, `iat` and `nbf` (RFC 7519, NumericDate). */
export const toEpochSeconds = (moment: Date): number => Math.floor(moment.getTime() / 1000)

/** The moment so many seconds after (or, negative, before) another. */
export const addSeconds = (moment: Date, seconds: number): Date => new Date(moment.getTime() + seconds * 1000)

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const wake = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, signal?.aborted ? 0 : milliseconds)
    signal?.addEventListener('abort', wake)
  })
