// A service of GraphQL Yoga. JavaScript, for Yoga's types would change those of graphql-js and of Node for all of Signet.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

export const createYogaServer = (plugin, typeDefs, resolvers) =>
  createServer(
    createYoga({
      schema: createSchema({ typeDefs, resolvers }),
      plugins: [plugin],
      graphqlEndpoint: '/',
      logging: false,
    }),
  )
