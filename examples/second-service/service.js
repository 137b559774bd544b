// A service of its own, with an Apollo Server that trusts Signet's access tokens: `npm run example:service` in Signet's
// folder. What it does with them is in docs/verify.md.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { apolloContext, createVerifier } from 'signet/verify'

const { SIGNET_URL = 'http://127.0.0.1:4000', SIGNET_FEED_CREDENTIAL, PORT = '4001' } = process.env
const credential = SIGNET_FEED_CREDENTIAL
if (!credential) {
  console.error(
    'Set SIGNET_FEED_CREDENTIAL to what `node dist/main.js clients create --name invoices` prints.',
  )
  process.exit(1)
}

const verifier = createVerifier({
  issuer: SIGNET_URL,
  audience: 'signet',
  revocations: { credential },
  onFault: fault => console.warn(fault.message),
})

const invoices = new Map()

const apollo = new ApolloServer({
  typeDefs: `
    type Invoice { id: ID! total: Float! }
    type Query { "The signed-in user's own." invoices: [Invoice!]! }
    type Mutation { addInvoice(total: Float!): Invoice! }
  `,
  resolvers: {
    Query: { invoices: (_, __, { viewer }) => invoices.get(viewer.sub) ?? [] },
    Mutation: {
      addInvoice: (_, { total }, { viewer }) => {
        const own = invoices.get(viewer.sub) ?? []
        const invoice = { id: `${own.length + 1}`, total }
        invoices.set(viewer.sub, [...own, invoice])
        return invoice
      },
    },
  },
})

const { url } = await startStandaloneServer(apollo, {
  listen: { port: Number(PORT), host: '127.0.0.1' },
  context: apolloContext(verifier),
})
console.log(`Invoices are at ${url}`)

process.once('SIGTERM', () => verifier.close())
process.once('SIGINT', () => verifier.close())
