// How long the kit waits for what, in milliseconds. They stand together because they hold each other up; whatever else
// is waited for has an end that somebody else sees to.
import type { SignetEnvironment } from './environment.js'

/** For the answer to a request of the kit's own; then it is cut off. */
export const answerMs = 10_000

/**
 * For the tab that has the lock. Longer than an answer, so that the cookie of a request which was sent before a sign-in or
 * sign-out comes before theirs; and no longer, for a tab that hangs may have it.
 */
export const lockMs = answerMs + 1_000

/**
 * After an answer, how long refreshes go by the name of the one that was answered: other tabs may have sent that a moment
 * before. Longer than an answer, for then none of those is on the way any more.
 */
export const oneNameMs = answerMs + 5_000

/** For Signet, while it cannot be reached: then operations and sign-outs are given up, unless the app says otherwise. */
export const patienceSeconds = 30

/** For the app's storage. One that hangs is like one that fails. */
export const storageMs = 5_000

/** Between one try and the next, beside what the server asks for: from half a second up to half a minute. */
export const backOffMs = (failures: number, random: number): number =>
  Math.min(30_000, 1_000 * 2 ** failures) * (0.5 + random / 2)

/** What a tab tells when it gives the lock back may come a moment after the lock. */
export const wordMs = 25

/** Resolves after a time. */
export const sleep = (
  { setTimer }: Pick<SignetEnvironment, 'setTimer'>,
  milliseconds: number,
): Promise<void> => new Promise(resolve => setTimer(milliseconds, resolve))
