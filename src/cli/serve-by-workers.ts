// Start-up and shutdown of a Signet that answers by several processes. This one holds what there may be only one of, and
// answers nothing but the metrics on their own port.
import type { Config } from '../config.js'
import { createMetricsHandler } from '../http/metrics.js'
import type { Stopwatch } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import { createClosers } from './closers.js'
import { startCrew } from './crew.js'
import { createCrewMetrics } from './crew-metrics.js'
import { takeGround } from './ground.js'
import { openMetricsPort } from './metrics-port.js'
import type { RunningSignet } from './serve.js'

interface Needs {
  readonly stopwatch: Stopwatch
  readonly log: Log
}

/** Starts Signet. Throws StartError for what the operator can mend; nothing is left running then. */
export const serveByWorkers = async (needs: Needs, config: Config): Promise<RunningSignet> => {
  const { log } = needs
  const closers = createClosers()
  try {
    const ground = await takeGround({ log }, config)
    closers.add(ground.release)
    const metrics = createCrewMetrics()
    const handler = createMetricsHandler({ metrics }, config.metricsToken)
    const metricsPort = await openMetricsPort({ log, handler }, config.metricsListen)
    closers.add(metricsPort.close)
    const engine = await ground.openDatabase()
    closers.add(() => engine.stop())
    const crew = startCrew({ ...needs, metrics }, config.workers, {
      secret: ground.secret,
      connection: engine.connection,
    })
    closers.add(crew.stop)
    const { url, port } = await crew.ready
    return { url, port, metricsUrl: metricsPort.url, failure: crew.failure, close: closers.close }
  } catch (error) {
    await closers
      .close()
      .catch((fault: unknown) => log.error({ fault: describeFault(fault) }, 'could not close'))
    throw error
  }
}
