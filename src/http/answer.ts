// Plain answers of the HTTP edge.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers with JSON and ends. */
export const answerJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

/** Answers a request that never reaches GraphQL, in the shape of GraphQL's errors, and ends. */
export const answerError = (response: ServerResponse, status: number, code: string, message: string): void =>
  answerJson(response, status, { errors: [{ message, extensions: { code } }] })

/** Whether the request only reads; answers 405 when it does not. */
export const allowsOnlyReading = (request: IncomingMessage, response: ServerResponse): boolean => {
  if (request.method === 'GET' || request.method === 'HEAD') return true
  response.setHeader('allow', 'GET, HEAD')
  answerError(response, 405, 'METHOD_NOT_ALLOWED', 'This address can only be read: use GET.')
  return false
}
