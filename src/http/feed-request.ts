// What a follower of the revocation feed asks for: where to begin, and as a stream or a page.
import type { IncomingMessage } from 'node:http'
import { prefers } from './prefers.js'

/** A request for the feed, or what is wrong with it. */
export type FeedRequest =
  | { readonly kind: 'stream'; readonly after: number }
  | { readonly kind: 'page'; readonly after: number; readonly limit: number }
  | { readonly kind: 'malformed'; readonly message: string }

const limits = { least: 1, most: 5_000, fallback: 1_000 }

const wholeNumber = (text: string): number | null => {
  const value = Number(text)
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : null
}

const single = (values: readonly string[], fallback: number): number | null => {
  const [first, ...more] = values
  if (more.length > 0) return null
  return first === undefined ? fallback : wholeNumber(first)
}

const malformed = (message: string): FeedRequest => ({ kind: 'malformed', message })

/** Reads the request. `Last-Event-ID`, which a reconnecting stream sends, comes before `after`. */
export const readFeedRequest = (request: IncomingMessage, { searchParams }: URL): FeedRequest => {
  const lastEventId = request.headersDistinct['last-event-id']
  const after = single(lastEventId ?? searchParams.getAll('after'), 0)
  if (after === null) {
    const name = lastEventId ? 'Last-Event-ID' : 'after'
    return malformed(
      `${name} must be given once: the number of a record, a whole number from 0 up. Without it all is told.`,
    )
  }
  if (prefers(request, 'text/event-stream')) {
    return { kind: 'stream', after }
  }
  const limit = single(searchParams.getAll('limit'), limits.fallback)
  if (limit === null || limit < limits.least || limit > limits.most) {
    return malformed(`limit must be given once: a whole number from ${limits.least} to ${limits.most}.`)
  }
  return { kind: 'page', after, limit }
}
