// passport-jwt on Express, with the keys of jwks-rsa.
import express from 'express'
import { passportJwtSecret } from 'jwks-rsa'
import { Passport } from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000 }

export const createService = ({ issuer, audience, algorithm, jwksUri, caching }) => {
  // <docs>
  const app = express()
  const passport = new Passport()
  passport.use(
    new Strategy(
      {
        secretOrKeyProvider: passportJwtSecret({
          jwksUri,
          ...caching,
        }),
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        issuer,
        audience,
        algorithms: [algorithm],
        jsonWebTokenOptions: { clockTolerance: 5 },
      },
      (claims, done) => done(null, claims),
    ),
  )
  app.use(passport.authenticate('jwt', { session: false }))
  // </docs>
  return app.use((request, response) => response.json({ data: { claims: request.user } }))
}
