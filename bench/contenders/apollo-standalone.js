// The sample that tutorials show: Apollo's standalone server and jsonwebtoken. KEY=text gives it the secret as a string
// (naive), KEY=object as a KeyObject (fair).
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import jwt from 'jsonwebtoken'
import { bearer, ready, resolvers, secret, secretKey, typeDefs } from './schema.js'

const key = process.env.KEY === 'text' ? secret : secretKey

const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { port: 0, host: '127.0.0.1' },
  context: async ({ req }) => {
    const token = bearer(req.headers.authorization)
    return { claims: token ? jwt.verify(token, key, { algorithms: ['HS256'] }) : null }
  },
})
ready(url)
