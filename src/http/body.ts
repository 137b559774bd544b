// Reads a JSON body, bounded.
import type { IncomingMessage } from 'node:http'

/** The most bytes that a request's body may have. */
export const maxBodyBytes = 100 * 1024

/** A parsed body, or the status and text of its refusal. */
export type Body =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly status: 400 | 413 | 415; readonly message: string }
  /** The client went away; there is nobody to answer. */
  | { readonly kind: 'aborted' }

const refused = (status: 400 | 413 | 415, message: string): Body => ({ kind: 'refused', status, message })

// Strict: with bytes replaced by U+FFFD, different passwords would become the same one.
const utf8 = new TextDecoder('utf-8', { fatal: true })

const parseJson = (bytes: Uint8Array): Body => {
  try {
    return { kind: 'parsed', value: JSON.parse(utf8.decode(bytes)) }
  } catch {
    return refused(400, 'The body is not valid JSON in UTF-8.')
  }
}

const isJson = (contentType: string): boolean => {
  if (contentType === 'application/json') return true
  const [type, ...parameters] = contentType.toLowerCase().split(/\s*;\s*/)
  const charset = parameters
    .find(parameter => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  return type === 'application/json' && (charset === undefined || charset === 'utf-8' || charset === 'utf8')
}

const tooLarge = refused(413, `The body may have at most ${maxBodyBytes} bytes.`)

/** What comes beyond the limit is thrown away as it comes: a connection closed on a client that still sends is reset. */
const readBytes = (request: IncomingMessage): Promise<Body> =>
  new Promise(resolve => {
    const chunks: Uint8Array[] = []
    let length = 0
    request.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length <= maxBodyBytes) chunks.push(chunk)
      else resolve(tooLarge)
    })
    // Most bodies come in one piece.
    request.on('end', () =>
      resolve(parseJson(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))),
    )
    // Comes last; where no end came before it, the client went away.
    request.on('close', () => {
      if (!request.readableEnded) resolve({ kind: 'aborted' })
    })
  })

/** Reads the JSON body of a POST. */
export const readJsonBody = (request: IncomingMessage): Body | Promise<Body> => {
  const { 'content-type': contentType = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!isJson(contentType)) {
    return refused(415, 'Send the operation as JSON, with Content-Type: application/json.')
  }
  if (encoding !== 'identity') return refused(415, 'Send the body without Content-Encoding.')
  return Number(request.headers['content-length']) > maxBodyBytes ? tooLarge : readBytes(request)
}
