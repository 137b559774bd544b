// Reads a document over HTTP: bounded in time and size, and never from elsewhere than where it was asked for.
import { linkTo } from './linked.js'
import type { Surroundings } from './options.js'

/** A document that was answered with 200. */
export interface FetchedText {
  readonly headers: Headers
  readonly text: string
}

interface Request {
  readonly headers: Record<string, string>
  readonly maxBytes: number
  readonly milliseconds: number
  /** Ends the request. */
  readonly signal: AbortSignal
}

/** Refuses any answer but a 200; redirects too, which could lead a credential or the trust in keys elsewhere. */
export const requireOk = async (response: Response): Promise<Response> => {
  if (response.status === 200) return response
  await response.body?.cancel()
  throw new Error(`was answered with status ${response.status}`)
}

const readText = async (response: Response, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}

/** Reads the document at an address. Rejects with what is wrong with the answer. */
export const fetchText = async (
  { fetch }: Pick<Surroundings, 'fetch'>,
  url: string,
  { headers, maxBytes, milliseconds, signal }: Request,
): Promise<FetchedText> => {
  const end = linkTo(signal)
  const timer = setTimeout(() => end.abort(new Error('was not answered in time')), milliseconds).unref()
  try {
    const request = { headers, redirect: 'manual', signal: end.signal } as const
    const response = await requireOk(await fetch(url, request))
    return { headers: response.headers, text: await readText(response, maxBytes) }
  } finally {
    clearTimeout(timer)
    end.unlink()
  }
}
