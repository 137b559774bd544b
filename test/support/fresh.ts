// Requests that each take a connection of their own: of several processes that share a port, now one answers, now another.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface FreshAnswer {
  readonly status: number
  readonly body: string
}

/**
 * Posts to GraphQL, or gets a path. Null where nobody took the connection, or closed it without a word; throws where an
 * answer breaks off, or nothing happens for ten seconds.
 */
export const askFresh = (
  url: string,
  to: { readonly query: string; readonly variables?: object } | { readonly path: string },
  token?: string,
): Promise<FreshAnswer | null> =>
  new Promise((resolve, reject) => {
    const options = {
      agent: false,
      method: 'path' in to ? 'GET' : 'POST',
      headers: {
        ...('path' in to ? {} : { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
    }
    const asking = request(`${url}${'path' in to ? to.path : '/graphql'}`, options, response => {
      text(response).then(body => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    asking.setTimeout(10_000, () => {
      reject(new Error('neither answered nor closed'))
      asking.destroy()
    })
    asking.once('error', () => resolve(null))
    asking.end('path' in to ? undefined : JSON.stringify(to))
  })
