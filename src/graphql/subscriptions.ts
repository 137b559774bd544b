// Subscriptions that come over a socket, under the rules of those that come by HTTP: limits, guard, one error format.
import type {
  DocumentNode,
  ExecutionArgs,
  GraphQLFormattedError,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql'
import {
  GraphQLError,
  getOperationAST,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { refusalOf } from '../access/require.js'
import type { CallerContext, SocketContext } from './context.js'
import { createErrorHandling } from './errors.js'
import { createRequirements } from './guard.js'
import { limitDepth, parseLimits } from './limits.js'

/** What a client asks for over a socket. */
export interface SubscriptionRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Record<string, unknown> | null | undefined
}

/** How subscriptions are begun, and how their errors are told. */
export interface Subscriptions {
  /** What graphql-js subscribes with, or why it does not. */
  prepare(context: SocketContext, request: SubscriptionRequest): ExecutionArgs | readonly GraphQLError[]
  /** Errors as their caller is told them; those that nobody expected are logged. */
  tellErrors(
    context: Pick<CallerContext, 'log' | 'requestId'>,
    errors: readonly GraphQLError[],
  ): GraphQLFormattedError[]
}

class Refused extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('this operation is not begun')
  }
}

const refused = (errors: readonly GraphQLError[], code: string): Refused => {
  for (const error of errors) error.extensions.code = code
  return new Refused(errors)
}

const onlySubscriptions = 'This socket carries subscriptions only. Send queries and mutations by HTTP.'

/** Makes it for a schema. */
export const createSubscriptions = (
  schema: GraphQLSchema,
  { introspection }: { readonly introspection: boolean },
): Subscriptions => {
  const { tellErrors } = createErrorHandling()
  const requirementFor = createRequirements(schema)
  const rules = [...specifiedRules, limitDepth, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])]

  const readDocument = (query: string): DocumentNode => {
    try {
      return parse(query, parseLimits)
    } catch (error) {
      throw error instanceof GraphQLError ? refused([error], 'GRAPHQL_PARSE_FAILED') : error
    }
  }

  const readOperation = (
    document: DocumentNode,
    name: string | null | undefined,
  ): OperationDefinitionNode => {
    const faults = validate(schema, document, rules, { hideSuggestions: !introspection })
    if (faults.length > 0) throw refused(faults, 'GRAPHQL_VALIDATION_FAILED')
    const operation = getOperationAST(document, name)
    if (!operation) {
      const message = name ? 'Unknown operation.' : 'Name one of the operations in the document.'
      throw refused([new GraphQLError(message)], 'OPERATION_RESOLUTION_FAILURE')
    }
    if (operation.operation !== 'subscription')
      throw refused([new GraphQLError(onlySubscriptions)], 'BAD_REQUEST')
    return operation
  }

  const prepare = (
    contextValue: SocketContext,
    { query, operationName, variables }: SubscriptionRequest,
  ): ExecutionArgs => {
    const document = readDocument(query)
    const { name, variableDefinitions = [] } = readOperation(document, operationName)
    const refusal = refusalOf(contextValue.authentication, requirementFor(document, name?.value))
    if (refusal) throw new Refused([new GraphQLError(refusal.message, { extensions: refusal.extensions })])
    const variableValues = variables ?? {}
    const { errors } = getVariableValues(schema, variableDefinitions, variableValues, { maxErrors: 50 })
    if (errors) throw refused(errors, 'BAD_USER_INPUT')
    return { schema, document, contextValue, operationName: operationName ?? null, variableValues }
  }

  return {
    prepare: (context, request) => {
      try {
        return prepare(context, request)
      } catch (error) {
        if (error instanceof Refused) return error.errors
        throw error
      }
    },
    tellErrors,
  }
}
