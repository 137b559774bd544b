// Follows the feed in pages, where streams do not get through.
import type { Kids } from './feed-messages.js'
import { parsePage } from './feed-messages.js'
import type { FollowNeeds } from './feed-stream.js'
import { fetchText } from './fetch-text.js'

const limit = 1_000
const maxBytes = 2 * 1024 * 1024
const pollMilliseconds = 5_000
// As the server does for streams: after a gap, numbers of before may have been given anew.
const overlap = 1_000

/** Reads everything that is new; gives the keys of then. Rejects when that cannot be. */
export const pollFeed = async (needs: FollowNeeds, isAfterGap: boolean): Promise<Kids> => {
  const { stopwatch, knowledge, url, credential, closing } = needs
  const reading = knowledge.begin()
  let known = reading.after
  let after = isAfterGap ? Math.max(0, known - overlap) : known
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
    const { newest, startAnew, more, records, kids } = parsePage(text)
    if (startAnew || newest < known) {
      reading.startAnew()
      known = 0
      if (!startAnew) {
        after = 0
        continue
      }
    }
    reading.add(records)
    const last = records.at(-1)
    if (!more || !last) {
      reading.complete(askedAt)
      return kids
    }
    after = last.number
  }
}
