// jose, as most services use it: it keeps the keys, and asks for them again at an unknown kid.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { behindBearer } from '../bearer.js'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000, cooldownDuration: 30_000 }

export const createService = ({ issuer, audience, algorithm, jwksUri, caching }) => {
  // <docs>
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: 5_000,
    ...caching,
  })
  const verify = async token => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: [algorithm],
      typ: 'at+jwt',
      clockTolerance: 5,
    })
    return payload
  }
  // </docs>
  return behindBearer(verify)
}
