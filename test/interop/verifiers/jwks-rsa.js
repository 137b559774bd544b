// jwks-rsa for the keys, jsonwebtoken for the token.
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'
import { behindBearer } from '../bearer.js'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000 }

export const createService = ({ issuer, audience, algorithm, jwksUri, caching }) => {
  // <docs>
  const keys = jwksClient({
    jwksUri,
    ...caching,
  })
  const verify = async token => {
    const { header } = jwt.decode(token, { complete: true }) ?? {}
    const key = await keys.getSigningKey(header?.kid)
    return jwt.verify(token, key.getPublicKey(), {
      issuer,
      audience,
      algorithms: [algorithm],
      clockTolerance: 5,
    })
  }
  // </docs>
  return behindBearer(verify)
}
