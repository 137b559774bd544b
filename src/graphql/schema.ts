// The schema: type-graphql's classes, the guard's directive and the closed list of error codes.
import 'reflect-metadata'
import { printSchemaWithDirectives } from '@graphql-tools/utils'
import {
  assertValidSchema,
  extendSchema,
  GraphQLEnumType,
  GraphQLObjectType,
  GraphQLSchema,
  lexicographicSortSchema,
} from 'graphql'
import { GraphQLDateTime } from 'graphql-scalars'
import { buildSchemaSync } from 'type-graphql'
import type { ErrorCodeEntry } from '../lib/error-codes.js'
import { errorCodes } from '../lib/error-codes.js'
import { guardDefinitions, guardMutations } from './guard.js'
import { KeyAdminResolver } from './key-admin.js'
import { RevocationAdminResolver } from './revocation-admin.js'
import { SessionEventResolver, sessionEventTypes } from './session-events.js'
import { SessionResolver, UserSessionsResolver } from './sessions.js'
import { SignInResolver } from './sign-in.js'
import { UserAdminResolver } from './user-admin.js'
import { UserListResolver } from './user-list.js'
import { UserResolver } from './users.js'
import { ViewerResolver } from './viewer.js'

const describeCode = ({ cause, reasons, details }: ErrorCodeEntry): string => {
  const values = reasons && ` extensions.reason: ${Object.keys(reasons).join(' | ')}.`
  const members =
    details &&
    ` Also: ${Object.keys(details)
      .map(name => `extensions.${name}`)
      .join(', ')}.`
  return `${cause}${values ?? ''}${members ?? ''}`
}

const errorCodeEnum = new GraphQLEnumType({
  name: 'ErrorCode',
  description: "Every value that errors[].extensions.code can take, beside Apollo's own.",
  values: Object.fromEntries(
    Object.entries(errorCodes).map(([code, entry]) => [code, { description: describeCode(entry) }]),
  ),
})

// Asked for by type-graphql; each subscription here brings its own source, see context.ts.
const unused = (): never => {
  throw new TypeError('a subscription without a source of its own')
}

// type-graphql makes the root types itself and has no place for their descriptions.
const describeRoot = (
  type: GraphQLObjectType | null | undefined,
  description: string,
): GraphQLObjectType | null => (type ? new GraphQLObjectType({ ...type.toConfig(), description }) : null)

/** Builds the executable schema. Throws where it is not a valid one. */
export const createSchema = (): GraphQLSchema => {
  const schema = buildSchemaSync({
    resolvers: [
      UserResolver,
      UserListResolver,
      UserAdminResolver,
      RevocationAdminResolver,
      KeyAdminResolver,
      ViewerResolver,
      SessionResolver,
      SessionEventResolver,
      UserSessionsResolver,
      SignInResolver,
    ],
    orphanedTypes: sessionEventTypes,
    pubSub: { publish: unused, subscribe: unused },
    scalarsMap: [{ type: Date, scalar: GraphQLDateTime }],
    validate: false,
    // It would execute the whole introspection query; what it finds so is found below, once.
    skipCheck: true,
  })
  const config = schema.toConfig()
  const roots = {
    query: describeRoot(config.query, 'What can be asked. Nothing here changes anything.'),
    mutation: describeRoot(
      config.mutation,
      'What can be done; several in one operation run one after another.',
    ),
    subscription: describeRoot(config.subscription, 'What can be followed, over WebSocket.'),
  }
  const types = config.types.filter(
    type => ![config.query, config.mutation, config.subscription].some(root => root === type),
  )
  const guarded = extendSchema(
    new GraphQLSchema({ ...config, ...roots, types: [...types, errorCodeEnum] }),
    guardDefinitions,
  )
  guardMutations(guarded)
  assertValidSchema(guarded)
  return guarded
}

/** The schema as text, sorted, with its directives: the public contract. */
export const printContract = (schema: GraphQLSchema): string =>
  `${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`
