// Plain answers of the HTTP edge.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Sets headers of an answer: names and values in turn, as `writeHead` takes them too. */
export const setHeaders = (response: ServerResponse, headers: readonly string[]): void => {
  for (let place = 1; place < headers.length; place += 2)
    response.setHeader(String(headers[place - 1]), String(headers[place]))
}

/** Answers with JSON and ends. */
export const answerJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

const errorBody = (code: string, message: string, details: object = {}): object => ({
  errors: [{ message, extensions: { code, ...details } }],
})

/** Answers a request that never reaches GraphQL, in the shape of GraphQL's errors, and ends. */
export const answerError = (
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  details?: object,
): void => answerJson(response, status, errorBody(code, message, details))

/** Whether the request only reads; answers 405 when it does not. */
export const allowsOnlyReading = (request: IncomingMessage, response: ServerResponse): boolean => {
  if (request.method === 'GET' || request.method === 'HEAD') return true
  response.setHeader('allow', 'GET, HEAD')
  answerError(response, 405, 'METHOD_NOT_ALLOWED', 'This address can only be read: use GET.')
  return false
}

const malformed: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
}

/** Answers on a bare connection, in the shape of every error, and ends it. */
export const answerErrorOn = (
  socket: Duplex,
  status: number,
  code: string,
  message: string,
  {
    headers = {},
    details,
  }: { readonly headers?: Readonly<Record<string, string>>; readonly details?: object } = {},
): void => {
  const body = JSON.stringify(errorBody(code, message, details))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  // Destroyed, not only ended: nothing else would close it when the client does not.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

/** Answers what is no HTTP request, or does not become one in time, and ends the connection. */
export const answerMalformed = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  // Behind a request that ends the connection: what was asked before is still answered.
  if (error.code === 'HPE_CLOSED_CONNECTION') return
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, message] = malformed[error.code ?? ''] ?? [400, 'This is no HTTP request.']
  answerErrorOn(socket, status, 'BAD_REQUEST', message)
}
