// What other services read: the JWKS (RFC 7517) and the discovery documents (OpenID Connect Discovery, RFC 8414).
// All from memory, so that they are answered while the database is down.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JwksOutcome, Metrics } from '../lib/metrics.js'
import { sha256 } from '../lib/secrets.js'
import { allowsOnlyReading } from './answer.js'

interface Needs {
  readonly metrics: Pick<Metrics, 'countJwksRequest'>
  readonly keyring: { jwks(): { readonly keys: readonly object[] }; isFresh(): boolean }
  /** How long others may keep the JWKS. */
  readonly jwksMaxAgeSeconds: number
  readonly issuer: string
  /** Where clients reach Signet, without a final slash. */
  readonly publicUrl: string
}

const jwksPath = '/.well-known/jwks.json'

/** Answers a path below /.well-known/; false when it is not one of them. */
export type WellKnown = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

const sendCached = (
  request: IncomingMessage,
  response: ServerResponse,
  document: object,
  cacheControl: string,
): JwksOutcome => {
  const body = JSON.stringify(document)
  const etag = `"${sha256(body).toString('base64url')}"`
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
  response.setHeader('cache-control', cacheControl)
  response.setHeader('etag', etag)
  const known = request.headers['if-none-match']?.split(/\s*,\s*/).map(tag => tag.replace(/^W\//, ''))
  if (known?.some(tag => tag === etag || tag === '*')) {
    response.writeHead(304).end()
    return 'not_modified'
  }
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
  response.end(request.method === 'HEAD' ? undefined : body)
  return 'full'
}

/** Makes the handler of the well-known documents. */
export const createWellKnown = ({
  metrics,
  keyring,
  jwksMaxAgeSeconds,
  issuer,
  publicUrl,
}: Needs): WellKnown => {
  const { jwks } = keyring
  // An instance that cannot follow the keys still answers; but nobody shall rely on its answer for long.
  const cacheControl = (): string =>
    keyring.isFresh() ? `public, max-age=${jwksMaxAgeSeconds}` : 'public, no-cache'
  const discovery = () => ({
    issuer,
    jwks_uri: `${publicUrl}${jwksPath}`,
    response_types_supported: [],
    grant_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(jwks().keys.map(key => Reflect.get(key, 'alg')))],
  })
  const documents = new Map<string, () => object>([
    [jwksPath, jwks],
    ['/.well-known/openid-configuration', discovery],
    ['/.well-known/oauth-authorization-server', discovery],
  ])
  return (request, response, path) => {
    const document = documents.get(path)
    if (!document) return false
    if (!allowsOnlyReading(request, response)) return true
    const outcome = sendCached(request, response, document(), cacheControl())
    if (path === jwksPath) metrics.countJwksRequest(outcome)
    return true
  }
}
