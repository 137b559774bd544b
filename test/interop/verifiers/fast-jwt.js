// fast-jwt for the token, get-jwks for the keys.
import { createVerifier } from 'fast-jwt'
import buildGetJwks from 'get-jwks'
import { behindBearer } from '../bearer.js'

/** What the library keeps, in milliseconds. */
export const defaults = { ttl: 60_000 }

export const createService = ({ issuer, audience, algorithm, caching }) => {
  // <docs>
  const jwks = buildGetJwks({
    issuersWhitelist: [issuer],
    ...caching,
  })
  const verify = createVerifier({
    key: async ({ header }) => jwks.getPublicKey({ domain: issuer, alg: header.alg, kid: header.kid }),
    allowedIss: issuer,
    allowedAud: audience,
    algorithms: [algorithm],
    checkTyp: 'at+jwt',
    clockTolerance: 5_000,
    requiredClaims: ['iss', 'aud', 'exp'],
  })
  // </docs>
  return behindBearer(verify)
}
