// What callers are told of errors: Signet's own and the protocol's as they are (without the values that were sent),
// a store out of reach as UNAVAILABLE, and anything else masked, with the id under which it was logged.
import { unwrapResolverError } from '@apollo/server/errors'
import type { ASTNode, GraphQLFormattedError } from 'graphql'
import { GraphQLError, Kind } from 'graphql'
import { isOutage } from '../engines/outage.js'
import { errorCodes } from '../lib/error-codes.js'
import { unavailable } from '../lib/errors.js'
import { describeFault } from '../lib/faults.js'
import type { CallerContext } from './context.js'

/** Codes of the GraphQL protocol and of Apollo, told as they are. */
const protocolCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
])

const isAboutValue = ({ kind }: ASTNode): boolean => kind === Kind.VARIABLE || kind.endsWith('Value')

const hasStatus400 = ({ extensions: { http } }: GraphQLError): boolean =>
  typeof http === 'object' && http !== null && Reflect.get(http, 'status') === 400

// graphql-js and Apollo give no code to some of what callers do wrong: a persisted query under another's hash, an
// argument that a variable made null, more than fifty faults in the variables.
const uncodedFault = (fault: unknown): string => {
  if (fault instanceof GraphQLError) {
    if (hasStatus400(fault)) return 'BAD_REQUEST'
    if (fault.nodes?.some(isAboutValue) || fault.message.startsWith('Too many errors processing variables'))
      return 'BAD_USER_INPUT'
  }
  return 'INTERNAL_SERVER_ERROR'
}

const codeOf = (error: unknown): string => {
  const code = error instanceof GraphQLError ? error.extensions.code : undefined
  return typeof code === 'string' ? code : uncodedFault(unwrapResolverError(error))
}

const isOwn = (code: string): boolean => Object.hasOwn(errorCodes, code)

// graphql-js repeats what was sent ("got invalid value { password: … }"), and an answer may not hold a password. So
// this is a whitelist: of a value, only what follows from its type is told; all else it says of one is left out.

const saidOfValues: readonly RegExp[] = [
  /^Field "[\w.]+" of required type "[\w![\]]+" was not provided/,
  /^Field "[\w.]+" is not defined by type "\w+"/,
  /^Field "[\w.]+" must be non-null/,
  /^Expected type "\w+" to be an object/,
  /^Expected non-nullable type "[\w![\]]+" not to be null/,
  /^Expected (?:value of )?type "[\w![\]]+"/,
  /^Argument "\w+" of (?:required|non-null) type "[\w![\]]+"/,
  /^Argument "\w+" has invalid value/,
  /^(?:\w+|Enum "\w+") cannot represent/,
]

const enumWithout =
  /^Value "[\s\S]*" does not exist in "(\w+)" enum\.(?: Did you mean the enum values? [\w", ]+\?)?$/

const describeValue = (message: string): string => {
  const enumName = enumWithout.exec(message)?.[1]
  if (enumName) return `The enum "${enumName}" has no such value.`
  for (const pattern of saidOfValues) {
    const said = pattern.exec(message)?.[0]
    if (said) return said.endsWith('represent') ? `${said} this value.` : `${said}.`
  }
  return 'The value is not what the schema says.'
}

const describeVariable = ({ message, originalError }: GraphQLError): string => {
  const start = /^Variable "\$\w+" got /.exec(message)?.[0]
  if (!start) return message // It speaks of names and types.
  const inner = originalError?.message ?? ''
  const place = / at "[\w.[\]]+"$/.exec(message.slice(0, -`; ${inner}`.length))?.[0] ?? ''
  return `${start}an invalid value${place}. ${describeValue(inner)}`
}

const saidOfSyntax =
  /^Syntax Error: (?:(?:Expected .+?, found|Unexpected) (?:<EOF>|"[^\w\s"]{1,3}"|Name|String|BlockString|Int|Float)|Unexpected variable "\$\w+" in constant value|Unterminated string|Invalid (?:character|number|Unicode escape)|Document contains more tha\w \d+ tokens)/

/** An error's message without the values that graphql-js repeats from the request. */
export const withoutValues = (error: GraphQLError): string => {
  const { message, nodes } = error
  switch (codeOf(error)) {
    case 'BAD_REQUEST':
      return message
    case 'GRAPHQL_PARSE_FAILED':
      return `${saidOfSyntax.exec(message)?.[0] ?? 'Syntax Error: The document cannot be read here'}.`
    case 'OPERATION_RESOLUTION_FAILURE':
      return message.startsWith('Unknown') ? 'The document has no operation of this name.' : message
    default:
      if (message.startsWith('Variable "$')) return describeVariable(error)
      return nodes?.some(isAboutValue) ? describeValue(message) : message
  }
}

/** Formats errors, and logs those that nobody expected. The two share which request an error belongs to. */
export const createErrorHandling = () => {
  const requestIds = new WeakMap<object, string>()

  const noteFaults = (
    errors: readonly GraphQLError[],
    { log, requestId }: Pick<CallerContext, 'log' | 'requestId'>,
  ): void => {
    for (const error of errors) {
      const code = codeOf(error)
      if (isOwn(code) || protocolCodes.has(code)) continue
      const fault = unwrapResolverError(error)
      requestIds.set(error, requestId)
      const outage = isOutage(fault)
      const entry = { requestId, path: error.path, fault: describeFault(fault) }
      outage ? log.warn(entry, 'the store is out of reach') : log.error(entry, 'unexpected fault')
    }
  }

  const formatError = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const code = codeOf(error)
    if (isOwn(code)) return formatted
    if (protocolCodes.has(code) && error instanceof GraphQLError) {
      return { ...formatted, message: withoutValues(error), extensions: { ...formatted.extensions, code } }
    }
    const place = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    }
    const fault = unwrapResolverError(error)
    if (isOutage(fault)) {
      const { message, extensions } = unavailable(fault)
      return { message, ...place, extensions }
    }
    const requestId = typeof error === 'object' && error !== null ? requestIds.get(error) : undefined
    return {
      message: `Something went wrong here, not with your request.${requestId ? ` It was logged under ${requestId}.` : ''}`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', ...(requestId && { requestId }) },
    }
  }

  /** Errors of an operation as their caller is told them; those that nobody expected are logged. */
  const tellErrors = (
    context: Pick<CallerContext, 'log' | 'requestId'>,
    errors: readonly GraphQLError[],
  ): GraphQLFormattedError[] => {
    noteFaults(errors, context)
    return errors.map(error => formatError(error.toJSON(), error))
  }

  return { noteFaults, formatError, tellErrors }
}
