// GraphQL Yoga with its own JWT plugin.
import { createServer } from 'node:http'
import { createInlineSigningKeyProvider, extractFromHeader, useJWT } from '@graphql-yoga/plugin-jwt'
import { createSchema, createYoga } from 'graphql-yoga'
import { ready, resolvers, secret, typeDefs } from './schema.js'

const withClaims = resolve => (root, args, context) =>
  resolve(root, args, { claims: context.jwt?.payload ?? null })

const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      Query: { me: withClaims(resolvers.Query.me), viewer: withClaims(resolvers.Query.viewer) },
    },
  }),
  logging: false,
  plugins: [
    useJWT({
      signingKeyProviders: [createInlineSigningKeyProvider(secret)],
      tokenLookupLocations: [extractFromHeader({ name: 'authorization', prefix: 'Bearer' })],
      tokenVerification: { algorithms: ['HS256'] },
      extendContext: true,
      reject: { missingToken: false, invalidToken: true },
    }),
  ],
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/graphql`))
