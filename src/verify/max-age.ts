// How long an answer may be kept (RFC 9111, sections 4.2 and 5.2.2), as far as it matters for a JWKS.

const limits = { least: 5, most: 86_400, fallback: 300 }

const seconds = (text: string | null | undefined): number | null =>
  text && /^\d{1,9}$/.test(text) ? Number(text) : null

const ageAllowed = (headers: Headers): number => {
  const directives = (headers.get('cache-control') ?? '').toLowerCase().split(/\s*,\s*/)
  if (directives.includes('no-cache') || directives.includes('no-store')) return 0
  const given = directives.find(directive => directive.startsWith('max-age='))?.slice('max-age='.length)
  return (seconds(given) ?? limits.fallback) - (seconds(headers.get('age')) ?? 0)
}

/** For how many seconds from now on: 300 where nothing is said, at least 5 so that nobody asks all the time. */
export const readMaxAge = (headers: Headers): number =>
  Math.min(Math.max(ageAllowed(headers), limits.least), limits.most)
