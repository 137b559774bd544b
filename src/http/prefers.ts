// Which of two kinds of answer a request prefers (RFC 9110, section 12.5.1).
import type { IncomingMessage } from 'node:http'
import Negotiator from 'negotiator'

/** Whether a GET prefers one media type to the usual one, which it gets unless it says so. */
export const prefers = (request: IncomingMessage, type: string, usual = 'application/json'): boolean =>
  request.method === 'GET' &&
  request.headers.accept !== undefined &&
  new Negotiator(request).mediaType([usual, type]) === type
