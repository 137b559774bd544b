// `signet start`: serves until a signal asks it to stop.
import { readConfig } from '../config.js'
import { systemClock, systemStopwatch } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import { createLog } from '../lib/log.js'
import type { RunningSignet } from './serve.js'
import { serve } from './serve.js'

const nextSignal = (): Promise<void> =>
  new Promise(resolve => {
    // Kept for good: an impatient second Ctrl-C must not leave the database behind.
    process.on('SIGTERM', () => resolve())
    process.on('SIGINT', () => resolve())
  })

/** Starts Signet, says where it is, and stops it in order at SIGTERM or SIGINT. Throws StartError. */
export const start = async (say: (line: string) => void): Promise<void> => {
  const asked = nextSignal()
  const config = readConfig()
  const log = createLog(config.logLevel)
  process.on('unhandledRejection', fault =>
    log.error({ fault: describeFault(fault) }, 'an unhandled rejection'),
  )
  if (config.production && config.publicUrl === null) {
    log.warn('SIGNET_PUBLIC_URL is not set: tokens name an issuer that only this machine can reach')
  }
  const { metricsListen, metricsToken } = config
  if (metricsListen && metricsToken === null && !/^(127\.|::1$|localhost$)/.test(metricsListen.host)) {
    log.warn('the metrics have a port that other machines can reach, and no SIGNET_METRICS_TOKEN guards it')
  }
  const signet: RunningSignet = await serve({ clock: systemClock, stopwatch: systemStopwatch, log }, config)
  say(
    config.explorer
      ? `Signet is ready. Playground: ${signet.url}/`
      : `Signet is ready at ${signet.url}/graphql`,
  )
  await asked
  log.info('stopping')
  await signet.close()
}
