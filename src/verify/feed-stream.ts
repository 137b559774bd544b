// Follows the feed as a stream. No clock is compared: what a heartbeat says by the server's stopwatch is counted from
// the moment of asking, so that a proxy which holds the stream back cannot make old news look fresh.

import type { Knowledge } from '../revocation/knowledge.js'
import { readEvents } from './events.js'
import type { TokenFacts } from './feed-messages.js'
import { parseHeartbeat, parseHello, parseRecord } from './feed-messages.js'
import { requireOk } from './fetch-text.js'
import { linkTo } from './linked.js'
import type { Surroundings } from './options.js'

/** What following takes. */
export interface FollowNeeds extends Surroundings {
  readonly knowledge: Knowledge
  readonly url: string
  readonly credential: string
  readonly closing: AbortSignal
}

// Signet's heart beats every two seconds.
const silenceMilliseconds = 10_000

const begin = async (
  { fetch, url, credential }: FollowNeeds,
  after: number,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> => {
  const headers = {
    accept: 'text/event-stream',
    authorization: `Bearer ${credential}`,
    'last-event-id': `${after}`,
  }
  const response = await requireOk(await fetch(url, { headers, redirect: 'manual', signal }))
  if (response.body && response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return response.body
  }
  await response.body?.cancel()
  throw new Error('was answered with no stream')
}

/**
 * Follows one stream until it ends, which is always some day. `onHeard` is called at every heartbeat with the moment
 * until which all is known, and the facts of then. Rejects when it breaks, falls silent or cannot be understood.
 */
export const followStream = async (
  needs: FollowNeeds,
  onHeard: (at: number, facts: TokenFacts) => void,
): Promise<void> => {
  const { stopwatch, knowledge, closing } = needs
  const reading = knowledge.begin()
  const end = linkTo(closing)
  const watch = setTimeout(() => end.abort(new Error('sends no sign of life')), silenceMilliseconds).unref()
  const askedAt = stopwatch()
  let offset = Number.NEGATIVE_INFINITY
  try {
    const body = await begin(needs, reading.after, end.signal)
    for await (const { event, data } of readEvents(body, () => watch.refresh())) {
      if (event === 'message') reading.add([parseRecord(data)])
      else if (event === 'hello') offset = askedAt - parseHello(data)
      else if (event === 'start-anew') reading.startAnew()
      else if (event === 'heartbeat') {
        const { heardUntil, ...facts } = parseHeartbeat(data)
        const at = offset + heardUntil
        if (!reading.complete(at)) return
        onHeard(at, facts)
      }
    }
  } finally {
    clearTimeout(watch)
    end.abort()
    end.unlink()
  }
}
