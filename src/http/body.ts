// Reads a JSON body, bounded.
import type { IncomingMessage } from 'node:http'
import getRawBody from 'raw-body'

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

/** Reads the JSON body of a POST. */
export const readJsonBody = async (request: IncomingMessage): Promise<Body> => {
  const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(/\s*;\s*/)
  const charset = parameters
    .find(parameter => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  if (type !== 'application/json' || (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')) {
    return refused(415, 'Send the operation as JSON, with Content-Type: application/json.')
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return refused(415, 'Send the body without Content-Encoding.')
  }
  try {
    const length = request.headers['content-length']
    const bytes = await getRawBody(request, { limit: maxBodyBytes, ...(length && { length }) })
    return parseJson(bytes)
  } catch (error) {
    const type = error instanceof Error ? Reflect.get(error, 'type') : undefined
    if (type === 'entity.too.large') return refused(413, `The body may have at most ${maxBodyBytes} bytes.`)
    return type === 'request.aborted' ? { kind: 'aborted' } : refused(400, 'The body could not be read.')
  }
}
