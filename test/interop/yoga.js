// A GraphQL server of Yoga's that answers with the claims which a plugin left in its context.
import { createSchema, createYoga } from 'graphql-yoga'

/** @returns {import('node:http').RequestListener} */
export const createClaimsServer = (path, plugin) =>
  createYoga({
    graphqlEndpoint: path,
    logging: false,
    plugins: [plugin],
    schema: createSchema({
      typeDefs: 'scalar Claims type Query { claims: Claims }',
      resolvers: { Query: { claims: (_root, _args, context) => context.jwt.payload } },
    }),
  })
