// `signet start`: serves until a signal asks it to stop.
import { readConfig } from '../config.js'
import { systemClock, systemStopwatch } from '../lib/clock.js'
import { openProcessLog } from './process-log.js'
import type { RunningSignet } from './serve.js'

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
  const log = openProcessLog(config)
  if (config.production && config.publicUrl === null) {
    log.warn('SIGNET_PUBLIC_URL is not set: tokens name an issuer that only this machine can reach')
  }
  const { metricsListen, metricsToken } = config
  if (metricsListen && metricsToken === null && !/^(127\.|::1$|localhost$)/.test(metricsListen.host)) {
    log.warn('the metrics have a port that other machines can reach, and no SIGNET_METRICS_TOKEN guards it')
  }
  // Loaded only here: what answers requests is no business of a process that leaves that to workers.
  const serve =
    config.workers === 1
      ? (await import('./serve.js')).serve
      : (await import('./serve-by-workers.js')).serveByWorkers
  const signet: RunningSignet = await serve({ clock: systemClock, stopwatch: systemStopwatch, log }, config)
  say(
    config.explorer
      ? `Signet is ready. Playground: ${signet.url}/`
      : `Signet is ready at ${signet.url}/graphql`,
  )
  const failure = await Promise.race([asked, signet.failure ?? asked])
  log.info('stopping')
  await signet.close()
  if (failure) throw failure
}
