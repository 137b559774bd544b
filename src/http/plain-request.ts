// Tells whether a POST is of the form that nearly every client sends, so that the fast lane may answer it. All else, from
// persisted queries to an Accept header not listed here, is Apollo's to judge.
import type { IncomingMessage } from 'node:http'
import type { PlainRequest } from '../graphql/fast-lane.js'

const json = 'application/json; charset=utf-8'
const graphqlResponse = 'application/graphql-response+json; charset=utf-8'

// By the whole Accept header: what Apollo answers to fetch, curl and axios; to Apollo Client 3 and 4; to urql and graphql-request.
const contentTypes: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, json],
  ['*/*', json],
  ['application/json', json],
  ['application/json, text/plain, */*', json],
  ['application/graphql-response+json', graphqlResponse],
  ['application/graphql-response+json,application/json;q=0.9', graphqlResponse],
  ['application/graphql-response+json, application/json;q=0.9', graphqlResponse],
  ['application/graphql-response+json, application/json', graphqlResponse],
])

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null

/** The request in its plain form and the content type of its answer, or null. */
export const readPlainRequest = (
  { method, headers }: IncomingMessage,
  body: unknown,
): (PlainRequest & { readonly contentType: string }) | null => {
  const contentType = contentTypes.get(headers.accept)
  if (method !== 'POST' || contentType === undefined || !isRecord(body)) return null
  const { query, operationName, variables, extensions } = body
  if (typeof query !== 'string') return null
  if (!isAbsent(operationName) && typeof operationName !== 'string') return null
  if (!isAbsent(variables) && !isRecord(variables)) return null
  if (!isAbsent(extensions) && (!isRecord(extensions) || 'persistedQuery' in extensions)) return null
  return { query, operationName: operationName ?? null, variables: variables ?? null, contentType }
}
