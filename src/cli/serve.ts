// Start-up and shutdown in order. What was opened is closed again in reverse, whatever fails.
import type { PoolConfig } from 'pg'
import type { Config } from '../config.js'
import { claimDataDir } from '../engines/data-dir.js'
import { startEmbeddedPostgres } from '../engines/embedded-postgres.js'
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
import { createMetrics } from '../lib/metrics.js'
import { sweepRevocations } from '../revocation/sweep.js'
import { openServices } from '../services.js'
import { sweepSessions } from '../sessions/sweep.js'
import { addressOf } from './address.js'
import { keySettingsOf } from './key-settings.js'
import { listen } from './listen.js'
import { openMetricsPort } from './metrics-port.js'
import { keepServerSecret } from './server-secret.js'
import { tendKeysRegularly } from './tend-keys.js'

/** A Signet that answers. */
export interface RunningSignet {
  /** Where clients reach it, without a final slash. */
  readonly url: string
  /** The metrics' own address; null where they have no port of their own. */
  readonly metricsUrl: string | null
  /** Drains and closes everything; resolves when nothing is left running. */
  close(): Promise<void>
}

interface Needs {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly log: Log
}

const sweepMilliseconds = { sessions: 3_600_000, revocations: 300_000 }

/** Signet's own origins: its public address or, where none is set and it listens on loopback, each name of that. */
const ownOrigins = (config: Config, publicUrl: string, port: number): string[] =>
  config.publicUrl === null && ['127.0.0.1', 'localhost', '::1'].includes(config.host)
    ? [`http://localhost:${port}`, `http://127.0.0.1:${port}`, `http://[::1]:${port}`]
    : [new URL(publicUrl).origin]

const openDatabaseEngine = async (
  { log }: Needs,
  { databaseUrl, dataDir }: Config,
): Promise<{ connection: PoolConfig; stop: () => Promise<void> }> => {
  if (databaseUrl !== null) return { connection: { connectionString: databaseUrl }, stop: async () => {} }
  return startEmbeddedPostgres({ log }, dataDir)
}

// Loaded only where it is shown: a tenth of a second at every start.
const openExplorer = async (): Promise<Explorer> =>
  (await import('../http/explorer.js')).createExplorer({ endpoint: graphqlPath })

/** Sweeps now and every so often, until it is closed. */
const sweepRegularly = (
  { log }: Pick<Needs, 'log'>,
  what: string,
  milliseconds: number,
  sweepOnce: () => Promise<number>,
): (() => Promise<void>) => {
  const sweep = (): void => {
    sweepOnce().then(
      count => log.debug({ count }, `expired ${what} were forgotten`),
      (error: unknown) => log.warn({ fault: describeFault(error) }, `expired ${what} could not be forgotten`),
    )
  }
  sweep()
  const timer = setInterval(sweep, milliseconds)
  return async () => clearInterval(timer)
}

/** Starts Signet. Throws StartError for what the operator can mend; nothing is left running then. */
export const serve = async (needs: Needs, config: Config): Promise<RunningSignet> => {
  const { log } = needs
  const closers: (() => Promise<void>)[] = []
  // One that fails keeps none of the others from closing.
  const close = async (): Promise<void> => {
    const faults: unknown[] = []
    for (let closer = closers.pop(); closer; closer = closers.pop()) {
      await closer().catch((fault: unknown) => faults.push(fault))
    }
    if (faults.length > 0) throw faults[0]
  }
  try {
    let stage: Stage = { kind: 'starting' }
    let handlers: Handlers | null = null
    if (config.databaseUrl === null || config.secret === null) {
      const claim = await claimDataDir(config.dataDir)
      closers.push(() => claim.release())
    }
    const secret = config.secret ?? (await keepServerSecret(config.dataDir))
    const { metricsListen, metricsToken } = config
    const tools = {
      ...needs,
      metrics: createMetrics({
        ofProcess: metricsListen !== null || metricsToken !== null,
        algorithm: config.jwtAlgorithm,
      }),
    }
    const handler = createMetricsHandler(tools, metricsToken)
    const server = createHttpServer({
      log,
      metrics: metricsToken === null ? null : handler,
      handlers: () => handlers,
      stage: () => stage,
      allowedOrigins: config.allowedOrigins,
    })
    const port = await listen(server, config, 'PORT', 'HOST or PORT')
    const drain = createDrain(server)
    closers.push(drain)
    // Closed after all but the claim: whoever watches sees the start and the stop.
    const metricsPort = await openMetricsPort({ log, handler }, metricsListen)
    closers.push(metricsPort.close)
    const publicUrl = config.publicUrl ?? addressOf(config.host, port)

    const engine = await openDatabaseEngine(needs, config)
    closers.push(() => engine.stop())
    const tokens = {
      issuer: config.jwtIssuer ?? publicUrl,
      audience: config.jwtAudience,
      accessTokenSeconds: config.accessTokenSeconds,
      fillClaims: config.fillClaims,
    }
    const services = await openServices(tools, {
      connection: engine.connection,
      redisUrl: config.redisUrl,
      secret,
      previousSecret: config.previousSecret,
      keys: keySettingsOf(config),
      tokens,
      sessions: config,
      revocationBudgetSeconds: config.revocationBudgetSeconds,
      passwordMinLength: config.passwordMinLength,
    })
    closers.push(
      () => services.close(),
      sweepRegularly(needs, 'sessions', sweepMilliseconds.sessions, () => sweepSessions(services)),
      sweepRegularly(needs, 'revocations', sweepMilliseconds.revocations, () => sweepRevocations(services)),
      tendKeysRegularly(services),
    )
    const schema = createSchema()
    const fastLane = config.fastLane ? createFastLane(schema) : null
    const apollo = await startApollo({ log }, schema, {
      ...config,
      plugins: fastLane ? [fastLane.learn] : [],
    })
    closers.push(() => apollo.stop())

    const origins = new Set([...config.allowedOrigins, ...ownOrigins(config, publicUrl, port)])
    const cookies = { origins, sameSite: config.cookieSameSite }
    const contextOf = createRequestContext({ ...config, services, cookies })
    const subscriptions = createSubscriptions(schema, config)
    const sockets = createSockets({ ...tools, services, subscriptions }, { ...config, origins })
    closers.push(sockets.close)
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
    closers.push(async () => {
      stage = { kind: 'stopping' }
      handlers = null
      streams.close()
      await Promise.all([sockets.close(), drain()])
    })
    return { url: publicUrl, metricsUrl: metricsPort.url, close }
  } catch (error) {
    await close().catch((fault: unknown) => log.error({ fault: describeFault(fault) }, 'could not close'))
    throw error
  }
}
