// Redis, for those who have one: a faster word from instance to instance, and never the truth. Whatever it loses, the
// database's own notices or the next look into its tables bring; so nothing waits for it and nothing fails with it.
import { createClient } from '@redis/client'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'

/** Messages without content between instances. */
export interface Bus {
  /** Resolves when Redis has taken it; rejects when Redis is out of reach. */
  publish(): Promise<void>
  close(): Promise<void>
}

const connectMilliseconds = 3_000
// Above the interval of pings: so long without an answer means that there is nobody.
const silenceMilliseconds = 15_000
const longestRetryMilliseconds = 2_000

/** Opens two connections in the background, which are tried again for as long as it takes. */
export const openBus = (
  { log }: { readonly log: Log },
  url: string,
  { channel, onMessage }: { readonly channel: string; readonly onMessage: () => void },
): Bus => {
  const publisher = createClient({
    url,
    // What cannot be said now is not worth saying later.
    disableOfflineQueue: true,
    pingInterval: 10_000,
    commandsQueueMaxLength: 100,
    socket: {
      connectTimeout: connectMilliseconds,
      socketTimeout: silenceMilliseconds,
      reconnectStrategy: retries => Math.min(100 * 2 ** retries, longestRetryMilliseconds),
    },
  })
  const subscriber = publisher.duplicate({ disableOfflineQueue: false })
  const report = (name: string) => (error: unknown) =>
    log.debug({ connection: name, fault: describeFault(error) }, 'Redis is out of reach')
  publisher.on('error', report('publisher'))
  subscriber.on('error', report('subscriber'))
  publisher.connect().catch(report('publisher'))
  subscriber
    .connect()
    .then(() => subscriber.subscribe(channel, onMessage))
    .catch(report('subscriber'))

  return {
    publish: async () => {
      await publisher.publish(channel, '')
    },
    close: async () => {
      publisher.destroy()
      subscriber.destroy()
    },
  }
}
