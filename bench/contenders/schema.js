// What the peers serve: the same two fields as Signet, the same row, and a secret shared with who measures.
import { createSecretKey } from 'node:crypto'
import pg from 'pg'

/** The secret of all peers, as text and as a key. */
export const secret = process.env.BENCH_SECRET
export const secretKey = createSecretKey(secret, 'utf8')

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

/** One row, by a named statement. */
export const findUser = async id =>
  (
    await pool.query({
      name: 'find_user',
      text: 'SELECT id, email, name, roles FROM users WHERE id = $1',
      values: [id],
    })
  ).rows[0]

export const typeDefs = `
  type User { id: ID! email: String! name: String roles: [String!]! }
  type Viewer { userId: ID! roles: [String!]! }
  type Query { me: User viewer: Viewer }
`

/** Resolvers over a context that holds the verified claims, or null. */
export const resolvers = {
  Query: {
    me: (_, __, { claims }) => claims && findUser(claims.sub),
    viewer: (_, __, { claims }) => claims && { userId: claims.sub, roles: claims.roles },
  },
}

/** The token of an Authorization header. */
export const bearer = header => header?.replace(/^Bearer /, '')

/** Says where it listens. */
export const ready = url => process.stdout.write(`ready ${url}\n`)
