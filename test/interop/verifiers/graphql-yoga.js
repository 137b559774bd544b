// GraphQL Yoga's JWT plugin.
import { createRemoteJwksSigningKeyProvider, useJWT } from '@graphql-yoga/plugin-jwt'
import { createClaimsServer } from '../yoga.js'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000 }

export const createService = ({ issuer, audience, algorithm, jwksUri, caching, path }) => {
  // <docs>
  const plugin = useJWT({
    signingKeyProviders: [
      createRemoteJwksSigningKeyProvider({
        jwksUri,
        ...caching,
      }),
    ],
    tokenVerification: { issuer, audience, algorithms: [algorithm], clockTolerance: 5 },
  })
  // </docs>
  return createClaimsServer(path, plugin)
}
