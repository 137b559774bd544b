// The sample that tutorials show: Apollo's standalone server, jsonwebtoken with a string secret, one row read for `me`.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import jwt from 'jsonwebtoken'
import pg from 'pg'

const secret = process.env.NAIVE_SECRET
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const typeDefs = `
  type User { id: ID! email: String! name: String roles: [String!]! }
  type Viewer { userId: ID! roles: [String!]! }
  type Tokens { accessToken: String! refreshToken: String! user: User! }
  type Query { me: User viewer: Viewer }
  type Mutation { issue(userId: ID!): Tokens! refresh(refreshToken: String!): Tokens! }
`

const findUser = async id =>
  (await pool.query('SELECT id, email, name, roles FROM users WHERE id = $1', [id])).rows[0]

const issue = async id => {
  const user = await findUser(id)
  return {
    user,
    accessToken: jwt.sign({ sub: id, roles: user.roles }, secret, { expiresIn: '15m' }),
    refreshToken: jwt.sign({ sub: id, kind: 'refresh' }, secret, { expiresIn: '7d' }),
  }
}

const resolvers = {
  Query: {
    me: (_, __, { viewer }) => viewer && findUser(viewer.sub),
    viewer: (_, __, { viewer }) => viewer && { userId: viewer.sub, roles: viewer.roles },
  },
  Mutation: {
    issue: (_, { userId }) => issue(userId),
    // Nothing is stored, so nothing can be revoked and no reuse is seen.
    refresh: (_, { refreshToken }) => issue(jwt.verify(refreshToken, secret).sub),
  },
}

const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { port: 0 },
  context: async ({ req }) => {
    const token = req.headers.authorization?.replace(/^Bearer /, '')
    return { viewer: token ? jwt.verify(token, secret) : null }
  },
})
process.stdout.write(`ready ${url}\n`)
