// Where a request came from, for the user's list of sessions.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Device } from '../sessions/session.js'

const maxUserAgent = 512

const plainAddress = (address: string | undefined): string | null => {
  const text = address?.trim().replace(/^::ffff:(?=\d+\.)/i, '') ?? ''
  return isIP(text) ? text : null
}

/**
 * The client's address and program. X-Forwarded-For is believed only as far from its right end as there are proxies
 * of the operator's own: what stands further left, the client wrote.
 */
export const readDevice = (request: IncomingMessage, trustedProxies: number): Device => {
  const forwarded = (request.headersDistinct['x-forwarded-for'] ?? []).flatMap(line => line.split(','))
  const hops = [...forwarded, request.socket.remoteAddress]
  const address = hops[Math.max(0, hops.length - 1 - trustedProxies)]
  return {
    ipAddress: plainAddress(address),
    userAgent: request.headers['user-agent']?.replace(/\p{Cc}/gu, ' ').slice(0, maxUserAgent) || null,
  }
}
