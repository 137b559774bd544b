// Tokens that were found good lately, so that no signature is checked twice.
import { createRecentMap } from '../lib/recent-map.js'

/** What is known of tokens. */
export interface KnownTokens<Known> {
  /** What is known of this very token. */
  get(token: string): Known | null
  set(known: Known): void
  delete(token: string): void
}

// Of all tokens together: with what is read from them some forty megabytes, however long each is.
const maxCharacters = 16_000_000

const endLength = 5

/**
 * A number from the last characters of a token's signature. To hash all of a token would be half the work of accepting one
 * that is known.
 */
const endOf = (token: string): number => {
  let end = 0
  for (let place = token.length - endLength; place < token.length; place++)
    end = (end << 6) ^ token.charCodeAt(place)
  return end
}

/** Makes the memory of tokens. Of two that share a number, of which there are few, the later one is known. */
export const createKnownTokens = <Known extends { readonly token: string }>(): KnownTokens<Known> => {
  const byEnd = createRecentMap<number, Known>(maxCharacters, (_, { token }) => token.length)
  return {
    get: token => {
      const known = byEnd.get(endOf(token))
      return known?.token === token ? known : null
    },
    set: known => byEnd.set(endOf(known.token), known),
    delete: token => byEnd.delete(endOf(token)),
  }
}
