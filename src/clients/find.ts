// The clients that may follow the feed, in memory: a credential is judged without a query, and a revoked one is known
// on every instance within a second.
import type { Listener } from '../engines/channel.js'
import { equalDigests } from '../lib/secrets.js'
import { hashCredential, parseCredential } from './credential.js'
import { clientsChannel, findLiveClients } from './store.js'

/** The live clients of one instance. */
export interface ClientDirectory {
  /** For the channel that listens. */
  readonly listener: Listener
  /** The id of the client that a credential proves, or null. */
  find(credential: string): string | null
  /** Whether a client may still follow. */
  isLive(id: string): boolean
}

// Compared with where there is no client of the id that was sent, so that this takes as long.
const nobody = new Uint8Array(32)

/** Creates the directory; it is empty until its listener has read. */
export const createClientDirectory = (): ClientDirectory => {
  let hashes: ReadonlyMap<string, Uint8Array> = new Map()
  return {
    listener: {
      name: clientsChannel,
      catchUp: async reader => {
        hashes = new Map((await findLiveClients(reader)).map(({ id, secretHash }) => [id, secretHash]))
      },
    },
    find: text => {
      const credential = parseCredential(text)
      if (!credential) return null
      const known = hashes.get(credential.clientId)
      return equalDigests(hashCredential(credential), known ?? nobody) && known ? credential.clientId : null
    },
    isLive: id => hashes.has(id),
  }
}
