// The rule of protected fields. The directives are printed into the schema and are what enforces it: an operation that
// selects a field which its caller may not have is refused whole, before anything executes (GraphQL over HTTP forbids a
// 401 beside `data`, and a client refreshes once and sends the whole operation again).
import type { GraphQLRequestContextDidResolveOperation } from '@apollo/server'
import type { ConstDirectiveNode, DocumentNode, GraphQLField, GraphQLSchema } from 'graphql'
import { GraphQLError, parse, separateOperations, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import type { Requirement } from '../access/require.js'
import { refusalOf } from '../access/require.js'
import { reauthenticate } from '../access/viewer.js'
import type { SignetError } from '../lib/errors.js'
import type { Context } from './context.js'

/** An operation that Apollo Server has read and validated, and is about to execute. */
export type ResolvedOperation = GraphQLRequestContextDidResolveOperation<Context>

/** The definitions of the directives, for the schema that they are added to. */
export const guardDefinitions: DocumentNode = parse(`
"The field knows a viewer. A request whose access token is refused gets UNAUTHENTICATED and no data."
directive @authenticated(
  "Whether a request without any access token is answered too, as nobody."
  optional: Boolean! = false
) on FIELD_DEFINITION

"The field needs a viewer with a role. Who lacks it gets FORBIDDEN and no data."
directive @hasRole(
  "The role that the access token must name."
  role: String!
) on FIELD_DEFINITION
`)

const argument = ({ arguments: given = [] }: ConstDirectiveNode, name: string): string | boolean | null => {
  const value = given.find(one => one.name.value === name)?.value
  return value?.kind === 'StringValue' || value?.kind === 'BooleanValue' ? value.value : null
}

const nothing: Requirement = { viewer: 'none', roles: [] }

/** What a field asks of the caller, as its directives say. */
export const requirementOf = (field: GraphQLField<unknown, unknown> | null | undefined): Requirement =>
  (field?.astNode?.directives ?? []).reduce((requirement, directive) => {
    switch (directive.name.value) {
      case 'authenticated': {
        const optional = argument(directive, 'optional') === true
        return both(requirement, { viewer: optional ? 'good-token-if-any' : 'required', roles: [] })
      }
      case 'hasRole':
        return both(requirement, { viewer: 'required', roles: [String(argument(directive, 'role'))] })
      default:
        return requirement
    }
  }, nothing)

const strictness = ['none', 'good-token-if-any', 'required'] as const

const both = (one: Requirement, other: Requirement): Requirement => ({
  viewer: strictness.indexOf(one.viewer) > strictness.indexOf(other.viewer) ? one.viewer : other.viewer,
  roles: [...one.roles, ...other.roles],
})

const readRequirement = (schema: GraphQLSchema, operation: DocumentNode): Requirement => {
  let requirement = nothing
  const typeInfo = new TypeInfo(schema)
  const Field = (): void => {
    requirement = both(requirement, requirementOf(typeInfo.getFieldDef()))
  }
  visit(operation, visitWithTypeInfo(typeInfo, { Field }))
  return requirement
}

const statusOf = ({ extensions }: SignetError): number =>
  extensions.code === 'UNAUTHENTICATED' ? 401 : extensions.code === 'FORBIDDEN' ? 403 : 503

/** The refusal with its status and, for a 401, its challenge (RFC 6750, section 3: no error code when no token came). */
const toHttpError = (refusal: SignetError): GraphQLError => {
  const { message, extensions } = refusal
  const status = statusOf(refusal)
  const challenge = extensions.reason === 'MISSING' ? 'Bearer' : 'Bearer error="invalid_token"'
  const headers = new Map(status === 401 ? [['www-authenticate', challenge]] : [])
  return new GraphQLError(message, { extensions: { ...extensions, http: { status, headers } } })
}

/**
 * Makes each protected mutation ask again before it begins. One operation may hold many, one after another: what the
 * first did, or somebody else meanwhile, counts for the next.
 */
export const guardMutations = (schema: GraphQLSchema): void => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const requirement = requirementOf(field)
    const { resolve } = field
    if (requirement.viewer === 'none' || !resolve) continue
    field.resolve = (root, args, context: Context, info) => {
      const refusal = refusalOf(reauthenticate(context, context.authentication), requirement)
      if (refusal) throw refusal
      return resolve(root, args, context, info)
    }
  }
}

/** What an operation of a document asks of its caller. */
export type RequirementFor = (document: DocumentNode, operationName: string | null | undefined) => Requirement

/** Makes the function that tells what an operation requires; it reads a document once. */
export const createRequirements = (schema: GraphQLSchema): RequirementFor => {
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

  // An unnamed operation goes by the empty name, as separateOperations has it.
  return (document, operationName) =>
    requirementsOf(document).get(operationName ?? '') ?? { viewer: 'required', roles: [] }
}

/** Refuses operations whose caller lacks what their fields require. */
export const createGuard = (schema: GraphQLSchema) => {
  const requirementFor = createRequirements(schema)
  return ({ document, operation, operationName, contextValue }: ResolvedOperation): void => {
    // Which operation is meant cannot be told, so none executes: the answer is OPERATION_RESOLUTION_FAILURE.
    if (!operation) return
    const refusal = refusalOf(contextValue.authentication, requirementFor(document, operationName))
    if (refusal) throw toHttpError(refusal)
  }
}
