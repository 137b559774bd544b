// Start-up and shutdown of a process that answers, in order.
import { availableParallelism } from 'node:os'
import type { Config } from '../config.js'
import { startApollo } from '../graphql/apollo.js'
import { createFastLane } from '../graphql/fast-lane.js'
import { createSchema } from '../graphql/schema.js'
import { createSubscriptions } from '../graphql/subscriptions.js'
import { createDrain } from '../http/drain.js'
import type { Explorer } from '../http/explorer.js'
import { createFeedStreams } from '../http/feed-streams.js'
import { createGraphqlHandler } from '../http/graphql.js'
import type { Stage } from '../http/health.js'
import { createMetricsHandler } from '../http/metrics.js'
import { createRequestContext } from '../http/request-context.js'
import { createRevocationsHandler } from '../http/revocations.js'
import type { Handlers } from '../http/server.js'
import { createHttpServer, graphqlPath } from '../http/server.js'
import { createSockets } from '../http/sockets.js'
import { createWellKnown } from '../http/well-known.js'
import type { Clock, Stopwatch } from '../lib/clock.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Metrics } from '../lib/metrics.js'
import { createMetrics } from '../lib/metrics.js'
import { StartError } from '../lib/start-error.js'
import { sweepRevocations } from '../revocation/sweep.js'
import { openServices } from '../services.js'
import { sweepSessions } from '../sessions/sweep.js'
import { addressOf } from './address.js'
import { createClosers } from './closers.js'
import type { Ground } from './ground.js'
import { takeGround } from './ground.js'
import { keySettingsOf } from './key-settings.js'
import { listen } from './listen.js'
import { openMetricsPort } from './metrics-port.js'
import { sweepRegularly } from './sweep-regularly.js'
import { tendKeysRegularly } from './tend-keys.js'

/** A Signet that answers. */
export interface RunningSignet {
  /** Where clients reach it, without a final slash. */
  readonly url: string
  /** Where it listens. */
  readonly port: number
  /** The metrics' own address; null where they have no port of their own. */
  readonly metricsUrl: string | null
  /** Resolves when it cannot go on; absent where the process would end by itself. */
  readonly failure?: Promise<StartError>
  /** Drains and closes everything; resolves when nothing is left running. */
  close(): Promise<void>
}

/** What one of several processes is given. */
export interface Share {
  readonly ground: Ground
  /** The port that others listen on; null for the first of them. */
  readonly port: number | null
  readonly metrics: Metrics
}

interface Needs {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly log: Log
}

// Node has four threads for them: more would wait there, and signatures with RS256 behind them.
const passwordsAtATime = (workers: number): number =>
  Math.max(1, Math.min(Math.floor(availableParallelism() / workers), 4))

const sweepMilliseconds = { sessions: 3_600_000, revocations: 300_000 }

/** Signet's own origins: its public address or, where none is set and it listens on loopback, each name of that. */
const ownOrigins = (config: Config, publicUrl: string, port: number): string[] =>
  config.publicUrl === null && ['127.0.0.1', 'localhost', '::1'].includes(config.host)
    ? [`http://localhost:${port}`, `http://127.0.0.1:${port}`, `http://[::1]:${port}`]
    : [new URL(publicUrl).origin]

/** Makes what this process counts with. */
export const createOwnMetrics = ({ metricsListen, metricsToken, jwtAlgorithm }: Config): Metrics =>
  createMetrics({ ofProcess: metricsListen !== null || metricsToken !== null, algorithm: jwtAlgorithm })

// Loaded only where it is shown: a tenth of a second at every start.
const openExplorer = async (): Promise<Explorer> =>
  (await import('../http/explorer.js')).createExplorer({ endpoint: graphqlPath })

/**
 * Starts Signet or, with a share, one of the processes that it is made of. Throws StartError for what the operator can
 * mend; nothing is left running then.
 */
export const serve = async (needs: Needs, config: Config, share?: Share): Promise<RunningSignet> => {
  const { log } = needs
  const closers = createClosers()
  try {
    let stage: Stage = { kind: 'starting' }
    let handlers: Handlers | null = null
    const ground = share?.ground ?? (await takeGround({ log }, config))
    closers.add(ground.release)
    const { metricsListen, metricsToken } = config
    const tools = { ...needs, metrics: share?.metrics ?? createOwnMetrics(config) }
    const handler = createMetricsHandler(tools, metricsToken)
    const server = createHttpServer({
      log,
      metrics: metricsToken === null ? null : handler,
      handlers: () => handlers,
      stage: () => stage,
      allowedOrigins: config.allowedOrigins,
    })
    const takePort = (): Promise<number> => listen(server, config, 'PORT', 'HOST or PORT')
    // Where others answer already, this one takes no request before it can.
    const port = share?.port ?? (await takePort())
    const drain = createDrain(server)
    closers.add(drain)
    // Closed after all but the claim: whoever watches sees the start and the stop.
    const metricsPort = await openMetricsPort({ log, handler }, metricsListen)
    closers.add(metricsPort.close)
    const publicUrl = config.publicUrl ?? addressOf(config.host, port)

    const engine = await ground.openDatabase()
    closers.add(() => engine.stop())
    const tokens = {
      issuer: config.jwtIssuer ?? publicUrl,
      audience: config.jwtAudience,
      accessTokenSeconds: config.accessTokenSeconds,
      fillClaims: config.fillClaims,
    }
    const services = await openServices(tools, {
      connection: engine.connection,
      redisUrl: config.redisUrl,
      secret: ground.secret,
      previousSecret: config.previousSecret,
      keys: keySettingsOf(config),
      tokens,
      sessions: config,
      revocationBudgetSeconds: config.revocationBudgetSeconds,
      passwordMinLength: config.passwordMinLength,
      passwordsAtATime: passwordsAtATime(config.workers),
    })
    closers.add(
      () => services.close(),
      sweepRegularly(needs, 'sessions', sweepMilliseconds.sessions, () => sweepSessions(services)),
      sweepRegularly(needs, 'revocations', sweepMilliseconds.revocations, () => sweepRevocations(services)),
      tendKeysRegularly(services),
    )
    const schema = createSchema()
    const fastLane = config.fastLane ? createFastLane(schema) : null
    const apollo = await startApollo({ log }, schema, {
      ...config,
      learn: fastLane ? fastLane.learn : null,
    })
    closers.add(() => apollo.stop())

    const origins = new Set([...config.allowedOrigins, ...ownOrigins(config, publicUrl, port)])
    const cookies = { origins, sameSite: config.cookieSameSite }
    const contextOf = createRequestContext({ ...config, services, cookies })
    const subscriptions = createSubscriptions(schema, config)
    const sockets = createSockets({ ...tools, services, subscriptions }, { ...config, origins })
    closers.add(sockets.close)
    const streams = createFeedStreams({ ...needs, ...services })
    handlers = {
      graphql: createGraphqlHandler({ apollo, fastLane, contextOf }),
      sockets,
      wellKnown: createWellKnown({
        ...services.keySettings,
        metrics: tools.metrics,
        keyring: services.keyring,
        issuer: tokens.issuer,
        publicUrl,
      }),
      revocations: createRevocationsHandler({ ...services, streams }),
      explorer: config.explorer ? await openExplorer() : null,
    }
    stage = { kind: 'running', services }
    // Last in, first out: before anything closes, Signet says that it is stopping and answers what it has begun.
    closers.add(async () => {
      stage = { kind: 'stopping' }
      handlers = null
      streams.close()
      await Promise.all([sockets.close(), drain()])
    })
    if (share?.port && (await takePort()) !== port)
      throw new StartError('The port that PORT=0 had found is gone.')
    return { url: publicUrl, port, metricsUrl: metricsPort.url, close: closers.close }
  } catch (error) {
    await closers
      .close()
      .catch((fault: unknown) => log.error({ fault: describeFault(fault) }, 'could not close'))
    throw error
  }
}
