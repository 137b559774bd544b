// What resolvers get that comes of one request by HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../graphql/context.js'
import { createContext } from '../graphql/context.js'
import type { Services } from '../services.js'
import type { CookieSettings } from './cookies.js'
import { createRefreshCookie } from './cookies.js'
import { readDevice } from './device.js'

interface Needs {
  readonly services: Services
  readonly cookies: CookieSettings
  readonly trustedProxies: number
}

const authorization = 'authorization'

// As request.headersDistinct has it, which sorts all headers for that: node's own `headers` keeps the first alone.
const readAuthorization = ({ rawHeaders }: IncomingMessage): string[] => {
  const values: string[] = []
  for (let place = 1; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place - 1]
    if (name?.length === authorization.length && name.toLowerCase() === authorization)
      values.push(rawHeaders[place] ?? '')
  }
  return values
}

/** Makes the function that makes the context of a request. */
export const createRequestContext =
  ({ services, cookies, trustedProxies }: Needs) =>
  (request: IncomingMessage, response: ServerResponse, requestId: string): Context =>
    createContext(services, readAuthorization(request), {
      requestId,
      device: () => readDevice(request, trustedProxies),
      refreshCookie: () => createRefreshCookie(cookies, request, response),
    })
