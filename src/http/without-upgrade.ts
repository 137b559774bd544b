// Requests that ask to speak another protocol and get an answer as if they had not (RFC 9110, section 7.8): Java's
// clients offer HTTP/2 with every first request, and Node hands all such requests over once it may hand over one.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** Whether a request opens a WebSocket (RFC 6455, section 4.1). */
export const opensWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

const aboutUpgrade = new Set(['upgrade', 'http2-settings'])

const headerLine = (name: string, value: string): string[] => {
  if (aboutUpgrade.has(name.toLowerCase())) return []
  if (name.toLowerCase() !== 'connection') return [`${name}: ${value}`]
  const rest = value.split(',').filter(option => !aboutUpgrade.has(option.trim().toLowerCase()))
  return rest.length > 0 ? [`${name}: ${rest.join()}`] : []
}

/** Has the server read the request anew, without its wish. */
export const serveWithoutUpgrade = (
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void => {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    lines.push(...headerLine(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''))
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
