// jose, made to do exactly what the JWKS's Cache-Control allows and nothing more: it keeps the keys for one max-age and
// asks at no other time, so that a key which signs before everybody has it cannot be made good by asking again.
import * as jose from './jose.js'

/** In milliseconds; the first is SIGNET_JWKS_MAX_AGE_SECONDS. */
export const defaults = { cacheMaxAge: 300_000, cooldownDuration: Number.POSITIVE_INFINITY }

export const createService = ({ caching, ...signet }) =>
  jose.createService({ ...signet, caching: { ...defaults, ...caching } })
