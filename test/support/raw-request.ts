// Speaks to a server byte by byte, as no client library would.
import { connect } from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const parse = (text: string): RawResponse[] => {
  const responses: RawResponse[] = []
  for (let rest = text; rest.startsWith('HTTP/1.1 '); ) {
    const end = rest.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map(line => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const chunked = headers['transfer-encoding'] === 'chunked'
    const length = Number(headers['content-length'] ?? 0)
    const [, body = '', after = ''] = chunked
      ? (/^((?:[0-9a-f]+\r\n[\s\S]*?\r\n)*?)0\r\n\r\n([\s\S]*)$/i.exec(rest.slice(end + 4)) ?? [])
      : ['', rest.slice(end + 4, end + 4 + length), rest.slice(end + 4 + length)]
    responses.push({
      status: Number(statusLine.split(' ')[1]),
      headers,
      body: chunked ? body.replace(/[0-9a-f]+\r\n([\s\S]*?)\r\n/gi, '$1') : body,
    })
    rest = after
  }
  return responses
}

/** Sends bytes on one connection and gives what comes back until the server closes it. */
export const sendRaw = (url: string, ...parts: readonly (string | Uint8Array)[]): Promise<RawResponse[]> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const chunks: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port) })
    const finish = () => resolve(parse(Buffer.concat(chunks).toString()))
    socket.setTimeout(10_000, () => {
      socket.destroy()
      reject(new Error(`no end after: ${Buffer.concat(chunks).toString()}`))
    })
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('close', finish)
    // A reset after an answer is for the caller to judge by what came.
    socket.on('error', () => {})
    for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
  })

/** The head of a request with a Host, the last of its connection unless told. */
export const head = (line: string, headers: Readonly<Record<string, string>> = {}): string =>
  `${[
    `${line} HTTP/1.1`,
    ...Object.entries({ Host: 'signet.test', Connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ].join('\r\n')}\r\n\r\n`
