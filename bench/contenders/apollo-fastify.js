// Apollo Server hosted by Fastify, with jsonwebtoken and a KeyObject.
import { ApolloServer } from '@apollo/server'
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify'
import Fastify from 'fastify'
import jwt from 'jsonwebtoken'
import { bearer, ready, resolvers, secretKey, typeDefs } from './schema.js'

const fastify = Fastify()
const apollo = new ApolloServer({ typeDefs, resolvers, plugins: [fastifyApolloDrainPlugin(fastify)] })
await apollo.start()
await fastify.register(fastifyApollo(apollo), {
  context: async request => {
    const token = bearer(request.headers.authorization)
    return { claims: token ? jwt.verify(token, secretKey, { algorithms: ['HS256'] }) : null }
  },
})
ready(await fastify.listen({ port: 0, host: '127.0.0.1' }))
