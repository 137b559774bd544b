// The rule of protected fields. The directive is printed into the schema and is what enforces it: an operation that
// selects a field which knows a viewer is refused whole, before anything executes (GraphQL over HTTP forbids a 401
// beside `data`, and a client refreshes once and sends the whole operation again).
import type { ApolloServerPlugin } from '@apollo/server'
import type { DocumentNode, GraphQLField, GraphQLSchema } from 'graphql'
import { GraphQLError, parse, separateOperations, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import type { Refusal } from '../access/require.js'
import { requireViewer, unauthenticated } from '../access/require.js'
import type { Authentication } from '../access/viewer.js'
import { isOutage } from '../engines/outage.js'
import { unavailable } from '../lib/errors.js'
import { isSessionLive } from '../sessions/list.js'
import type { Context } from './context.js'

/** The directive's definition, in SDL. */
export const authenticatedDirective = `
"The field knows a viewer. A request whose access token is refused gets UNAUTHENTICATED and no data."
directive @authenticated(
  "Whether a request without any access token is answered too, as nobody."
  optional: Boolean! = false
) on FIELD_DEFINITION
`

/** What an operation asks of its caller, from nothing to a viewer. */
type Requirement = 'none' | 'good-token-if-any' | 'viewer'

const requirementOf = (field: GraphQLField<unknown, unknown> | null | undefined): Requirement => {
  const directive = field?.astNode?.directives?.find(({ name }) => name.value === 'authenticated')
  if (!directive) return 'none'
  const optional = directive.arguments?.find(({ name }) => name.value === 'optional')?.value
  return optional?.kind === 'BooleanValue' && optional.value ? 'good-token-if-any' : 'viewer'
}

const readRequirement = (schema: GraphQLSchema, operation: DocumentNode): Requirement => {
  const found = new Set<Requirement>()
  const typeInfo = new TypeInfo(schema)
  visit(
    operation,
    visitWithTypeInfo(typeInfo, { Field: () => void found.add(requirementOf(typeInfo.getFieldDef())) }),
  )
  return found.has('viewer') ? 'viewer' : found.has('good-token-if-any') ? 'good-token-if-any' : 'none'
}

const refusal = (
  requirement: Requirement,
  authentication: Authentication,
): 'MISSING' | 'EXPIRED' | 'INVALID' | null => {
  if (requirement === 'none' || authentication.kind === 'viewer') return null
  if (authentication.kind === 'refused') return authentication.reason
  return requirement === 'viewer' ? 'MISSING' : null
}

/** The 401 that goes with a refusal (RFC 6750, section 3: no error code when no token came). */
const toHttpError = (reason: Refusal): GraphQLError => {
  const { message, extensions } = unauthenticated(reason)
  const challenge = reason === 'MISSING' ? 'Bearer' : 'Bearer error="invalid_token"'
  const headers = new Map([['www-authenticate', challenge]])
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 401, headers } } })
}

const hasLiveSession = (context: Context): Promise<boolean> =>
  isSessionLive(context, requireViewer(context)).catch((fault: unknown) => {
    if (!isOutage(fault)) throw fault
    const { message, extensions } = unavailable(fault)
    throw new GraphQLError(message, { extensions: { ...extensions, http: { status: 503 } } })
  })

/** Refuses operations whose caller lacks what their fields require. What a document requires is read once. */
export const createGuard = (schema: GraphQLSchema): ApolloServerPlugin<Context> => {
  const known = new WeakMap<DocumentNode, Map<string, Requirement>>()

  const requirementsOf = (document: DocumentNode): Map<string, Requirement> => {
    const cached = known.get(document)
    if (cached) return cached
    const read = new Map(
      Object.entries(separateOperations(document)).map(([name, one]) => [name, readRequirement(schema, one)]),
    )
    known.set(document, read)
    return read
  }

  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, operationName, contextValue }) => {
        // Which operation is meant cannot be told, so none executes: the answer is OPERATION_RESOLUTION_FAILURE.
        if (!operation) return
        // An unnamed operation goes by the empty name, as separateOperations has it.
        const requirement = requirementsOf(document).get(operationName ?? '') ?? 'viewer'
        const reason = refusal(requirement, contextValue.authentication)
        if (reason) throw toHttpError(reason)
        // What needs a viewer reads the store anyway: there, an ended session's token is of no use from that moment.
        if (requirement === 'viewer' && !(await hasLiveSession(contextValue))) throw toHttpError('REVOKED')
      },
    }),
  }
}

/** The parsed directive, for the schema that it is added to. */
export const guardDefinitions: DocumentNode = parse(authenticatedDirective)
