// passport-jwt on Express, with the keys of jwks-rsa.
import express from 'express'
import { passportJwtSecret } from 'jwks-rsa'
import passports from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'

/** What the library keeps, in milliseconds. */
export const defaults = { cacheMaxAge: 600_000 }

export const createService = ({ issuer, audience, algorithm, jwksUri, caching }) => {
  const passport = new passports.Passport()
  const app = express.Router()
  // <docs>
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
      },
      (claims, done) => done(null, claims),
    ),
  )
  app.use(passport.authenticate('jwt', { session: false }))
  // </docs>
  return app.use((request, response) => response.json({ data: { claims: request.user } }))
}
