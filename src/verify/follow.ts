// Follows the feed whatever happens: by a stream that is opened again and again, and by polling for as long as no stream
// tells anything.
import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenFacts } from './feed-messages.js'
import { pollFeed } from './feed-poll.js'
import type { FollowNeeds } from './feed-stream.js'
import { followStream } from './feed-stream.js'
import type { Reporter } from './report.js'
import { createReporter } from './report.js'

const backoff = { leastSeconds: 0.2, mostSeconds: 10 }
const pollSeconds = 2
/** The first stream has so long to tell everything before it is polled beside it. */
const startSeconds = 1
const purgeMilliseconds = 1_000

/** How long a stream may say nothing before it is polled beside it: about two heartbeats, less for a small budget. */
const patienceOf = (budgetSeconds: number): number => Math.min(5, budgetSeconds / 2)

/** Begins to follow; gives the function that ends it. */
export const followFeed = (
  needs: Omit<FollowNeeds, 'closing'> & {
    /** Told what Signet says of its tokens, whenever it does. */
    readonly onFacts: (facts: TokenFacts) => void
  },
  budgetSeconds: number,
): (() => Promise<void>) => {
  const { stopwatch, random, knowledge, url, onFault, onFacts } = needs
  const closing = new AbortController()
  const { signal } = closing
  const following: FollowNeeds = { ...needs, closing: signal }
  // Two, as one may fail while the other works.
  const streamReporter = createReporter(`the stream of revocations at ${url}`, onFault)
  const pollReporter = createReporter(`the revocations at ${url}`, onFault)
  let streamHeardAt = Number.NEGATIVE_INFINITY

  const isFresh = (): boolean => stopwatch() - streamHeardAt <= patienceOf(budgetSeconds)
  const pause = (seconds: number): Promise<void> =>
    sleep(seconds * 1000, undefined, { signal, ref: false }).catch(() => {})
  const pauseAfter = (failures: number): Promise<void> => {
    const seconds = Math.min(backoff.leastSeconds * 2 ** failures, backoff.mostSeconds)
    return pause(seconds * (0.5 + random() / 2))
  }
  const failTo =
    (reporter: Reporter) =>
    (fault: unknown): void => {
      if (!signal.aborted) reporter.failed(fault)
    }

  const stream = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      const beganAt = stopwatch()
      await followStream(following, (at, facts) => {
        streamHeardAt = Math.max(streamHeardAt, at)
        // What was held back on its way may be out of date.
        if (isFresh()) onFacts(facts)
        streamReporter.succeeded()
      }).catch(failTo(streamReporter))
      // One that always breaks soon is opened seldom, whatever it says before.
      failures = stopwatch() - beganAt > backoff.mostSeconds ? 0 : failures + 1
      await pauseAfter(failures)
    }
  }

  const poll = async (): Promise<void> => {
    await pause(startSeconds)
    for (let failures = 0; !signal.aborted; await pause(pollSeconds * (0.75 + random() / 2))) {
      if (isFresh()) continue
      try {
        onFacts(await pollFeed(following))
        failures = 0
        pollReporter.succeeded()
      } catch (fault) {
        failTo(pollReporter)(fault)
        await pauseAfter(failures++)
      }
    }
  }

  const purging = setInterval(() => knowledge.purge(), purgeMilliseconds).unref()
  const running = [stream(), poll()]
  return async () => {
    clearInterval(purging)
    closing.abort()
    await Promise.all(running)
  }
}
