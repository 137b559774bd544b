// Serves the metrics on a port of their own.
import { createDrain } from '../http/drain.js'
import type { MetricsHandler } from '../http/metrics.js'
import { createMetricsServer, metricsPath } from '../http/metrics.js'
import type { Log } from '../lib/log.js'
import { addressOf } from './address.js'
import type { Address } from './listen.js'
import { listen } from './listen.js'

/** Opens the port, if there is to be one, and tells its address in the log. Throws StartError when it is in use. */
export const openMetricsPort = async (
  { log, handler }: { readonly log: Log; readonly handler: MetricsHandler },
  address: Address | null,
): Promise<{ readonly url: string | null; close(): Promise<void> }> => {
  if (!address) return { url: null, close: async () => {} }
  const server = createMetricsServer({ log, handler })
  const port = await listen(server, address, 'SIGNET_METRICS_LISTEN')
  const url = `${addressOf(address.host, port)}${metricsPath}`
  log.info({ url }, 'metrics are served')
  return { url, close: createDrain(server) }
}
