// Apollo Server around the schema: limits, guard, error handling. It hosts nothing itself, see http/graphql.ts.
import type { GraphQLRequestListener } from '@apollo/server'
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import { GraphQLError } from 'graphql'
import { redact } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Context } from './context.js'
import { createErrorHandling } from './errors.js'
import type { ResolvedOperation } from './guard.js'
import { createGuard } from './guard.js'
import { limitDepth, parseLimits } from './limits.js'

// Apollo would execute it, once.
const refuseSubscription = ({ operation }: ResolvedOperation): void => {
  if (operation?.operation !== 'subscription') return
  throw new GraphQLError(
    'Subscriptions are served over WebSocket at this address, by the protocol graphql-transport-ws.',
    { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
  )
}

interface ApolloSettings {
  readonly introspection: boolean
  /** Told each operation that is read and valid; null where nobody wants to know. */
  readonly learn: ((operation: ResolvedOperation) => void) | null
}

/** Makes and starts the GraphQL server. */
export const startApollo = async (
  { log }: { readonly log: Log },
  schema: GraphQLSchema,
  { introspection, learn }: ApolloSettings,
): Promise<ApolloServer<Context>> => {
  const { noteFaults, formatError } = createErrorHandling()
  const guard = createGuard(schema)
  const judgement: GraphQLRequestListener<Context> = {
    didResolveOperation: async operation => {
      refuseSubscription(operation)
      // Before the guard: an operation is known by what it is, not by who asks first.
      learn?.(operation)
      guard(operation)
    },
    didEncounterErrors: async ({ errors, contextValue }) => noteFaults(errors, contextValue),
  }
  const say = (level: 'debug' | 'warn' | 'error') => (message?: unknown) =>
    log[level](redact(String(message)))
  const apollo = new ApolloServer<Context>({
    schema,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: parseLimits,
    validationRules: [limitDepth],
    formatError,
    // Signals are handled once, where the database is closed too.
    stopOnTerminationSignals: false,
    logger: { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') },
    plugins: [
      // One for all requests: Apollo makes promises for each that there is.
      { requestDidStart: async () => judgement },
      // Nothing is reported anywhere, whatever an environment variable of Apollo's says.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      // Every answer is no-store, see http/graphql.ts: no need to look at each field for how long it may be kept.
      ApolloServerPluginCacheControlDisabled(),
    ],
  })
  await apollo.start()
  return apollo
}
