// Follows the feed in pages, where streams do not get through.
import type { TokenFacts } from './feed-messages.js'
import { parsePage } from './feed-messages.js'
import type { FollowNeeds } from './feed-stream.js'
import { fetchText } from './fetch-text.js'

const limit = 1_000
const maxBytes = 2 * 1024 * 1024
const pollMilliseconds = 5_000

/** Reads everything that is new; gives the facts of then. Rejects when that cannot be. */
export const pollFeed = async (needs: FollowNeeds): Promise<TokenFacts> => {
  const { stopwatch, knowledge, url, credential, closing } = needs
  const reading = knowledge.begin()
  let { after } = reading
  for (;;) {
    const askedAt = stopwatch()
    const address = new URL(url)
    address.searchParams.set('after', `${after}`)
    address.searchParams.set('limit', `${limit}`)
    const { text } = await fetchText(needs, address.href, {
      headers: { accept: 'application/json', authorization: `Bearer ${credential}` },
      maxBytes,
      milliseconds: pollMilliseconds,
      signal: closing,
    })
    const { startAnew, more, records, ...facts } = parsePage(text)
    if (startAnew) reading.startAnew()
    reading.add(records)
    const last = records.at(-1)
    if (!more || !last) {
      reading.complete(askedAt)
      return facts
    }
    after = last.number
  }
}
