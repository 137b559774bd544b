// Reads Bearer credentials (RFC 6750, section 2.1).

/** A request without credentials, with a token, or with something else. */
export type Bearer =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'token'; readonly token: string }

const scheme = 'bearer '

/**
 * Reads all Authorization headers of a request. An empty header counts as none (a client's `token ? `Bearer ${token}` :
 * ''`); two headers are malformed, as no rule says which one is meant.
 */
export const readBearer = (headers: readonly string[]): Bearer => {
  const [header = '', ...more] = headers
  if (more.length > 0) return { kind: 'malformed' }
  if (header.trim() === '') return { kind: 'none' }
  if (header.slice(0, scheme.length).toLowerCase() !== scheme) return { kind: 'malformed' }
  let [start, end] = [scheme.length, header.length]
  while (header[start] === ' ') start += 1
  while (header[end - 1] === ' ') end -= 1
  const token = header.slice(start, end)
  return token === '' || token.includes(' ') ? { kind: 'malformed' } : { kind: 'token', token }
}

/** The WWW-Authenticate header of a refusal (RFC 6750, section 3): bare where nothing was sent. */
export const challengeFor = ({ kind }: Bearer): string =>
  kind === 'none' ? 'Bearer' : 'Bearer error="invalid_token"'
