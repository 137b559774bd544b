// express-oauth2-jwt-bearer in its strict mode, which wants what RFC 9068 says; it finds the keys by discovery.
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000, cooldownDuration: 30_000 }

export const createService = ({ issuer, audience, caching }) => {
  // <docs>
  const app = express()
  app.use(
    auth({
      issuerBaseURL: issuer,
      audience,
      strict: true,
      ...caching,
    }),
  )
  // </docs>
  return app.use((request, response) => response.json({ data: { claims: request.auth.payload } }))
}
