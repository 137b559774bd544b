// Apollo Server around the schema: limits, guard, error handling. It hosts nothing itself, see http/graphql.ts.
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import type { ASTVisitor, GraphQLSchema, ValidationContext } from 'graphql'
import { GraphQLError } from 'graphql'
import { redact } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import type { Context } from './context.js'
import { createErrorHandling } from './errors.js'
import { createGuard } from './guard.js'

const maxTokens = 1_000
const maxDepth = 10

const limitDepth = (context: ValidationContext) =>
  maxDepthRule({
    n: maxDepth,
    flattenFragments: true,
    ignoreIntrospection: true,
    propagateOnRejection: false,
    onReject: [
      (_, error) =>
        context.reportError(
          new GraphQLError(error.message.replace('Syntax Error: ', ''), { nodes: error.nodes ?? null }),
        ),
    ],
  })(context)

// graphql-js finds out only when it executes, and calls it a fault of the server.
const requireKnownRoot = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition: node => {
    if (context.getSchema().getRootType(node.operation)) return
    context.reportError(new GraphQLError(`This schema has no ${node.operation}.`, { nodes: node }))
  },
})

/** Makes and starts the GraphQL server. */
export const startApollo = async (
  { log }: { readonly log: Log },
  schema: GraphQLSchema,
  settings: { readonly introspection: boolean },
): Promise<ApolloServer<Context>> => {
  const { logFaults, formatError } = createErrorHandling()
  const say = (level: 'debug' | 'warn' | 'error') => (message?: unknown) =>
    log[level](redact(String(message)))
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: settings.introspection,
    hideSchemaDetailsFromClientErrors: !settings.introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens },
    validationRules: [limitDepth, requireKnownRoot],
    formatError,
    // Signals are handled once, where the database is closed too.
    stopOnTerminationSignals: false,
    logger: { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') },
    plugins: [
      createGuard(schema),
      logFaults,
      // Nothing is reported anywhere, whatever an environment variable of Apollo's says.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  })
  await apollo.start()
  return apollo
}
