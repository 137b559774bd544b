// mercurius with graphql-jit on Fastify. JWT=plugin verifies by @fastify/jwt, JWT=plugin-cache by the same with fast-jwt's cache,
// JWT=cache by fast-jwt and its cache alone.
import fastifyJwt from '@fastify/jwt'
import { createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { bearer, ready, resolvers, secret, typeDefs } from './schema.js'

const fastify = Fastify()
const algorithms = ['HS256']
const cache = process.env.JWT === 'plugin' ? false : 10_000
await fastify.register(fastifyJwt, { secret, verify: { algorithms, cache } })
const verifyCached = createVerifier({ key: secret, algorithms, cache })

const claimsOf =
  process.env.JWT === 'cache'
    ? request => verifyCached(bearer(request.headers.authorization))
    : request => request.jwtVerify()

await fastify.register(mercurius, {
  schema: typeDefs,
  resolvers,
  jit: 1,
  context: async request => ({ claims: request.headers.authorization ? await claimsOf(request) : null }),
})
ready(`${await fastify.listen({ port: 0, host: '127.0.0.1' })}/graphql`)
