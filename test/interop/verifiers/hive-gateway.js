// Hive Gateway's JWT plugin. Yoga is what that gateway is built on, and stands here for it: the gateway itself is some
// hundred packages more, and verifies with this.
import { createRemoteJwksSigningKeyProvider, useJWT } from '@graphql-mesh/plugin-jwt-auth'
import { createClaimsServer } from '../yoga.js'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000 }

export const createService = ({ issuer, audience, algorithm, jwksUri, caching, path }) => {
  // <docs>
  const jwt = {
    signingKeyProviders: [
      createRemoteJwksSigningKeyProvider({
        jwksUri,
        ...caching,
      }),
    ],
    tokenVerification: { issuer, audience, algorithms: [algorithm], clockTolerance: 5 },
    forward: { payload: true },
  }
  // </docs>
  return createClaimsServer(path, useJWT(jwt))
}
