// Asks a Signet in the raw: any document, any headers, even several of one name.
import { request } from 'node:http'
import { expect } from '@jest/globals'
import type { Answer } from './world.js'

export interface RawAnswer {
  readonly status: number
  readonly challenge: string | undefined
  readonly body: Answer<Record<string, unknown>>['body']
}

export interface Question {
  readonly query: string
  readonly variables?: object
  readonly operationName?: string
  /** Names and values in turn, sent as they stand. */
  readonly headers?: readonly string[]
  readonly path?: string
  /** Further members of the body. */
  readonly extra?: object
}

/** Sends one operation by POST. An answer without JSON has an empty body. */
export const ask = (
  url: string,
  { headers = [], path = '/graphql', extra, ...operation }: Question,
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const body = Buffer.from(JSON.stringify({ ...operation, ...extra }))
    const { host } = new URL(url)
    const own = ['Host', host, 'Content-Type', 'application/json', 'Content-Length', `${body.length}`]
    const sent = request(`${url}${path}`, { method: 'POST', headers: [...own, ...headers] }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({
          status: response.statusCode ?? 0,
          challenge: response.headers['www-authenticate'],
          body: text ? JSON.parse(text) : {},
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })

/** An Authorization header with a Bearer token. */
export const bearer = (token: string): string[] => ['Authorization', `Bearer ${token}`]

/** What a request gets whose token is refused: no data entry, one error with a reason, and a challenge. */
export const refusal = (reason: string) => ({
  status: 401,
  challenge: reason === 'MISSING' ? 'Bearer' : 'Bearer error="invalid_token"',
  body: {
    errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED', reason } }],
  },
})
