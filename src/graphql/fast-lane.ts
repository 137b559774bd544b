// The fast lane: an operation that Apollo Server has read, validated and let through once is executed from then on
// straight off HTTP. Who asks is checked each time; whatever is to be refused is left to Apollo, before anything executes.
import type { BaseContext, GraphQLRequestContextDidResolveOperation } from '@apollo/server'
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import { BREAK, execute, visit } from 'graphql'
import type { Requirement } from '../access/require.js'
import { refusalOf } from '../access/require.js'
import { createRecentMap } from '../lib/recent-map.js'
import type { Context } from './context.js'
import { createErrorHandling } from './errors.js'
import { createRequirements } from './guard.js'
import type { Plan } from './plan.js'
import { planQuery } from './plan.js'

/** What a request asks for, in its plain form. */
export interface PlainRequest {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>> | null
}

/** The fast lane. */
export interface FastLane<C extends BaseContext = Context> {
  /** Learns an operation that Apollo has read and validated. */
  learn(operation: GraphQLRequestContextDidResolveOperation<C>): void
  /** The body of an answer with the status 200; null where Apollo has to answer, and then nothing has been executed. */
  answer(request: PlainRequest, context: C): string | null | Promise<string | null>
}

interface Known {
  readonly document: DocumentNode
  readonly requirement: Requirement
  /** Null where the operation is not plain, and from the first time on that it proved not to be. */
  plan: Plan | null
}

// What is remembered is bounded by its text, of which graphql-js makes sixty times as much: some fifteen megabytes.
const maxCharacters = 256_000
const maxCharactersEach = 4_096

const asksForSchema = (document: DocumentNode): boolean => {
  let asks = false
  visit(document, {
    Field: ({ name }) => {
      asks = name.value === '__schema' || name.value === '__type'
      return asks ? BREAK : undefined
    },
  })
  return asks
}

/** Makes the lane for a schema. */
export const createFastLane = (schema: GraphQLSchema): FastLane => {
  const { tellErrors } = createErrorHandling()
  const requirementFor = createRequirements(schema)
  // By the exact text, then by the operation's name as the request gives it.
  const documents = createRecentMap<string, Map<string | null, Known>>(maxCharacters, text => text.length)

  // As Apollo writes it.
  const print = (context: Context, { errors, data }: ExecutionResult): string =>
    `${JSON.stringify({ errors: errors && tellErrors(context, errors), data })}\n`

  const executeKnown = async (
    { document }: Known,
    { operationName, variables }: PlainRequest,
    contextValue: Context,
  ): Promise<string | null> => {
    const result = await execute({ schema, document, contextValue, operationName, variableValues: variables })
    // Without `data` it did not begin: the variables are not what the operation declares.
    return 'data' in result ? print(contextValue, result) : null
  }

  return {
    learn: ({ source, document, operation, operationName, request }) => {
      if (!operation || operation.operation === 'subscription') return
      if (source.length > maxCharactersEach || asksForSchema(document)) return
      const operations = documents.get(source) ?? new Map<string | null, Known>()
      // What was found out of it while it was executed stays known.
      if (operations.has(request.operationName ?? null)) return
      const requirement = requirementFor(document, operationName)
      const known = { document, requirement, plan: planQuery(schema, document) }
      documents.set(source, operations.set(request.operationName ?? null, known))
    },
    answer: (request, context) => {
      const known = documents.get(request.query)?.get(request.operationName)
      if (!known || refusalOf(context.authentication, known.requirement)) return null
      const giveUp = (): Promise<string | null> => {
        known.plan = null
        return executeKnown(known, request, context)
      }
      try {
        const result = known.plan?.(context)
        if (!result) return executeKnown(known, request, context)
        return result instanceof Promise
          ? result.then(late => print(context, late)).catch(giveUp)
          : print(context, result)
      } catch {
        return giveUp()
      }
    },
  }
}
