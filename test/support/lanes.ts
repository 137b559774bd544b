// Two instances of Signet over one database, one with the fast lane and one without, and answers made comparable.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ApolloServer } from '@apollo/server'
import { jest } from '@jest/globals'
import type { RawResponse } from './raw-request.js'
import { head, sendRaw } from './raw-request.js'
import type { World } from './world.js'
import { createWorld } from './world.js'

/** A request by POST: its body, as JSON unless it is text, and further headers. */
export interface Post {
  readonly body: object | string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends a request on a connection of its own. */
export const post = async (world: World, { body, headers = {} }: Post): Promise<RawResponse> => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const own = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }
  const [answer] = await sendRaw(world.url, head('POST /graphql', { ...own, ...headers }), Buffer.from(text))
  if (!answer) throw new Error('no answer')
  return answer
}

const replacements: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<access token>'],
  [/signet_rt_[\w-]+/g, '<refresh token>'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>'],
  [/(?<![\w-])[\w-]{12}-\d+(?![\w-])/g, '<id>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
  [/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, '<time>'],
  // What is counted from now on, and may pass a second between two answers.
  [/"(retryAfterSeconds|retry-after)":"?\d+"?/g, '"$1":"<seconds>"'],
  [/"kid":"[^"]+"/g, '"kid":"<kid>"'],
  [/[\w-]+@example\.com/g, '<address>'],
  [/127\.0\.0\.1:\d+/g, '<host>'],
]

/** Text without what is new at each answer: ids, tokens, times, addresses. */
export const steady = (text: string): string =>
  replacements.reduce((rest, [pattern, word]) => rest.replaceAll(pattern, word), text)

/** An answer as far as two lanes have to agree on it: everything but what is new at each. */
export const comparable = ({ status, headers, body }: RawResponse) => ({
  status,
  headers: JSON.parse(steady(JSON.stringify({ ...headers, 'content-length': undefined }))),
  body: steady(body),
})

/** What an instance logged under the id of an answer before it was sent, without the lines of code it came from. */
export const logged = (world: World, { headers }: RawResponse): string[] => {
  const lines = readFileSync(world.logFile, 'utf8').split('\n')
  return lines
    .filter(line => line.includes(headers['x-request-id'] ?? 'none') && !line.includes('"answered"'))
    .map(line =>
      steady(line)
        .replace(/"time":\d+/, '"time":0')
        .replace(/"at":\[.*?\]\}/, '"at":[]}'),
    )
}

/** Opens both; `goesByApollo` counts how often Apollo Server is asked while `work` runs. */
export const openLanes = async () => {
  const metricsToken = randomBytes(32).toString('base64url')
  const executed = jest.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest')
  const env = {
    // The same to both, whose tokens then are.
    JWT_ISSUER: 'https://auth.example.com',
    SIGNET_ALLOWED_ORIGINS: 'https://app.example.com',
    SIGNET_METRICS_TOKEN: metricsToken,
  }
  const fast = await createWorld({ env: { ...env, SIGNET_FAST_LANE: 'on' } })
  const apollo = await createWorld({ env: { ...env, SIGNET_FAST_LANE: 'off' }, beside: fast })
  return {
    fast,
    apollo,
    metricsToken,
    countApollo: async <T>(work: () => Promise<T>): Promise<readonly [result: T, byApollo: number]> => {
      const before = executed.mock.calls.length
      return [await work(), executed.mock.calls.length - before]
    },
    close: async () => {
      executed.mockRestore()
      await apollo.close()
      await fast.close()
    },
  }
}
