// The refresh cookie (RFC 6265bis): `__Host-`, Secure, HttpOnly, SameSite. It counts only with an allowed Origin.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { RefreshCookie } from '../graphql/context.js'
import { errorWithReason } from '../lib/errors.js'

/** Browsers accept this name only with Secure, Path=/ and no Domain. */
export const refreshCookieName = '__Host-signet_rt'

/** Settings of the cookie edge. */
export interface CookieSettings {
  /** Exact origins, Signet's own among them. */
  readonly origins: ReadonlySet<string>
  readonly sameSite: 'strict' | 'lax'
}

const forbiddenOrigin = () =>
  errorWithReason(
    'FORBIDDEN',
    'ORIGIN',
    'The refresh cookie works only from an allowed origin. Its operator adds origins to SIGNET_ALLOWED_ORIGINS.',
  )

/** The refresh cookie of one request and its answer. */
export const createRefreshCookie = (
  { origins, sameSite }: CookieSettings,
  request: IncomingMessage,
  response: ServerResponse,
): RefreshCookie => {
  const isAllowed = (origin: string | undefined): boolean => origin !== undefined && origins.has(origin)
  const attributes = { name: refreshCookieName, path: '/', secure: true, httpOnly: true, sameSite } as const
  const requireDeliverable = (): void => {
    // Without an Origin it is no browser, and nobody's browser can be signed in to a stranger's account.
    const { origin } = request.headers
    if (origin !== undefined && !isAllowed(origin)) throw forbiddenOrigin()
  }
  const write = (value: string, expires: Date): void => {
    response.setHeader('set-cookie', stringifySetCookie({ ...attributes, value, expires }))
  }
  return {
    read: () => {
      const value = parseCookie(request.headers.cookie ?? '')[refreshCookieName]
      if (!value) return null
      if (!isAllowed(request.headers.origin)) throw forbiddenOrigin()
      return value
    },
    requireDeliverable,
    set: (value, expires) => {
      // A token in the input may belong to a cookie session too, and a foreign page could bring one of its own.
      requireDeliverable()
      write(value, expires)
    },
    clear: () => write('', new Date(0)),
  }
}
