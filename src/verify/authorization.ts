// The Authorization headers of a request, wherever it comes from.
import type { IncomingHttpHeaders } from 'node:http'

/** What of a request is needed. */
export interface WithHeaders {
  readonly headers: Pick<IncomingHttpHeaders, 'authorization'>
  /** Absent from HTTP/2, and from requests that a test injects. */
  readonly headersDistinct?: { readonly authorization?: readonly string[] }
}

/** All of them: two are refused, and Node's `headers` would show the first alone. */
export const authorizationOf = ({ headers, headersDistinct }: WithHeaders): readonly string[] => {
  const single = headers.authorization === undefined ? [] : [headers.authorization]
  return headersDistinct?.authorization ?? single
}
