// The playground: Altair out of its npm package, under a strict Content-Security-Policy, with our own tabs.
// Nothing is fetched from elsewhere, and only files that were listed at the start are ever opened.
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream'
import type { RenderOptions } from 'altair-static'
import { getDistDirectory, renderAltair, renderInitSnippet } from 'altair-static'
import { sha256 } from '../lib/secrets.js'
import { environment, firstVisitScript, tabs } from './explorer-tabs.js'

/** The playground's page and the files that it loads. */
export interface Explorer {
  /** Answers with the page, whatever the path; also for HEAD. */
  servePage(response: ServerResponse): void
  /** Answers with a file of the page and says true; says false, untouched, when the path is none of its own. */
  serveAsset(pathname: string, request: IncomingMessage, response: ServerResponse): boolean
}

interface Asset {
  readonly type: string
  readonly size: number
  readonly send: (response: ServerResponse) => void
}

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

// No 'unsafe-eval': with `beta.disable.newScript` Altair interprets scripts in place of evaluating them.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // Altair writes its theme and Angular its components' styles into the page
  "font-src 'self'",
  "img-src 'self' data:", // icons inside Altair's stylesheet
  "connect-src 'self'", // /graphql, its WebSocket, and Altair's own texts
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

// For what brings a policy of its own: a worker that loads its chunks.
const assetPolicy = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"

const digest = (text: string): string => sha256(text).toString('hex').slice(0, 12)

// Subscriptions go over WebSocket, with the token that the tabs keep.
const sockets: RenderOptions = {
  initialSubscriptionRequestHandlerId: 'graphql-ws',
  initialSubscriptionsPayload: { authorization: '{{authorization}}' },
}

// A browser keeps its tabs; tabs that a new Signet has changed are shown anew.
const storageName = `signet_${digest(JSON.stringify([tabs, environment, sockets]))}_`

const createOptions = (endpoint: string): RenderOptions => ({
  endpointURL: endpoint,
  subscriptionsEndpoint: endpoint,
  ...sockets,
  initialWindows: tabs.map(({ name, document, variables = '{}', headers = {}, script = '' }) => ({
    initialName: name,
    initialQuery: document,
    initialVariables: variables,
    initialHeaders: headers,
    initialPostRequestScript: script,
    ...sockets,
  })),
  initialEnvironments: {
    activeSubEnvironment: 'signet',
    subEnvironments: [{ id: 'signet', title: 'Signet', variables: environment }],
  },
  instanceStorageNamespace: storageName,
  disableAccount: true,
  initialSettings: { theme: 'system' },
  persistedSettings: {
    'alert.disableUpdateNotification': true,
    'banners.disable': true,
    'beta.disable.newScript': true,
  },
})

// A closed list, made once: a request can only name what is on it, so no path leads elsewhere. Links and
// Altair's bare page and script frame are left out.
const listFiles = (folder: string): [name: string, asset: Asset][] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap(entry => {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    const type = contentTypes[extname(name)]
    if (!entry.isFile() || !type || name.startsWith('iframe-sandbox/')) return []
    // A fault here means a cut connection; pipeline has then closed both ends.
    const send = (response: ServerResponse): void => void pipeline(createReadStream(path), response, () => {})
    return [[name, { type, size: statSync(path).size, send }] as const]
  })

const textAsset = (type: string, text: string): Asset => ({
  type,
  size: Buffer.byteLength(text),
  send: response => void response.end(text),
})

/** Makes the playground for a GraphQL endpoint at this path. Reads Altair's folder once, at the start. */
export const createExplorer = ({ endpoint }: { endpoint: string }): Explorer => {
  const folder = getDistDirectory()
  const options = createOptions(endpoint)
  const optionsScript = renderInitSnippet(options) + firstVisitScript(`${storageName}visited`)
  const altair = readFileSync(join(folder, '..', '..', 'package.json'), 'utf8')
  // The folder's name changes with what is in it: browsers may keep each file for good.
  const base = `/explorer/${digest(altair + optionsScript)}/`
  const optionsName = 'options.js'
  const assets = new Map<string, Asset>([
    ...listFiles(folder),
    [optionsName, textAsset('text/javascript; charset=utf-8', optionsScript)],
  ])
  const page = renderAltair({ ...options, baseURL: base, serveInitialOptionsInSeperateRequest: optionsName })
    .replace('<title>Altair</title>', '<title>Signet explorer</title>')
    .replace('<html>', '<html lang="en">')

  return {
    servePage: response => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', pagePolicy)
      response.setHeader('cross-origin-opener-policy', 'same-origin')
      response.setHeader('cache-control', 'no-cache')
      // /graphql answers others with JSON.
      response.appendHeader('vary', 'accept')
      response.end(page)
    },
    serveAsset: (pathname, request, response) => {
      const asset = pathname.startsWith(base) ? assets.get(pathname.slice(base.length)) : undefined
      if (!asset || (request.method !== 'GET' && request.method !== 'HEAD')) return false
      response.setHeader('content-type', asset.type)
      response.setHeader('content-length', asset.size)
      response.setHeader('content-security-policy', assetPolicy)
      response.setHeader('x-content-type-options', 'nosniff')
      response.setHeader('cache-control', 'public, max-age=31536000, immutable')
      if (request.method === 'HEAD') response.end()
      else asset.send(response)
      return true
    },
  }
}
