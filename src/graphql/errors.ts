// What callers are told of errors: Signet's own and the protocol's as they are (without the values that were sent),
// a store out of reach as UNAVAILABLE, and anything else masked, with the id under which it was logged.
import type { ApolloServerPlugin } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import type { GraphQLFormattedError } from 'graphql'
import { isOutage } from '../engines/outage.js'
import { errorCodes } from '../lib/error-codes.js'
import { unavailable } from '../lib/errors.js'
import { describeFault } from '../lib/faults.js'
import type { Context } from './context.js'

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

const codeOf = (error: { readonly extensions?: GraphQLFormattedError['extensions'] }): string => {
  const code = error.extensions?.code
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR'
}

const isOwn = (code: string): boolean => Object.hasOwn(errorCodes, code)

// graphql-js repeats what was sent ("got invalid value { password: … }"); an error may not hold a password.
const valuePatterns: readonly [pattern: RegExp, replacement: string][] = [
  [/got invalid value [\s\S]*?(?= at "|; |$)/, 'got an invalid value'],
  [/(cannot represent [^:]*?)(?: value)?: [\s\S]*$/, '$1 value.'],
  [/(found|Unexpected) (String|BlockString|Name|Int|Float) "[\s\S]*?"(?=\.?$)/, '$1 $2'],
  [/(Expected value of type "[^"]*"), found [\s\S]*$/, '$1.'],
  [/(Value) "[\s\S]*" (does not exist in "[^"]*" enum\.)[\s\S]*$/, '$1 $2'],
]

/** A message of graphql-js without the values that it repeats from the request. */
export const withoutValues = (message: string): string =>
  valuePatterns.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), message)

/** Formats errors, and logs those that nobody expected. The two share which request an error belongs to. */
export const createErrorHandling = () => {
  const requestIds = new WeakMap<object, string>()

  const logFaults: ApolloServerPlugin<Context> = {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue: { log, requestId } }) => {
        for (const error of errors) {
          const code = codeOf(error)
          if (isOwn(code) || protocolCodes.has(code)) continue
          const fault = unwrapResolverError(error)
          requestIds.set(error, requestId)
          const outage = isOutage(fault)
          const entry = { requestId, path: error.path, fault: describeFault(fault) }
          outage ? log.warn(entry, 'the store is out of reach') : log.error(entry, 'unexpected fault')
        }
      },
    }),
  }

  const formatError = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const code = codeOf(formatted)
    if (isOwn(code)) return formatted
    if (protocolCodes.has(code)) return { ...formatted, message: withoutValues(formatted.message) }
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

  return { logFaults, formatError }
}
