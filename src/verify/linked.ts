// An end of one's own that comes with another's. AbortSignal.any would do, but on Node 20 leaves something behind at each
// call on a signal that lives long.

/** A signal, what aborts it, and what lets go of the signal that it is linked to; to be called when all is done. */
export interface Linked {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  unlink(): void
}

/** Links a new signal to another: it is aborted with that, or by itself. */
export const linkTo = (other: AbortSignal): Linked => {
  const own = new AbortController()
  const follow = (): void => own.abort(other.reason)
  if (other.aborted) follow()
  else other.addEventListener('abort', follow)
  return {
    signal: own.signal,
    abort: reason => own.abort(reason),
    unlink: () => other.removeEventListener('abort', follow),
  }
}
