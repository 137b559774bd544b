// Apollo's own suite for those who host Apollo Server, over what serves /graphql here; run by apollo-integration.test.ts.
import { ApolloServer } from '@apollo/server'
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite'
import { createGraphqlHandler } from '../../src/http/graphql.js'
import { createHttpServer } from '../../src/http/server.js'
import { createLog } from '../../src/lib/log.js'

const unused = () => {
  throw new Error('only /graphql is asked here')
}

const createServer = async (config, { context = async () => ({}) } = {}) => {
  const apollo = new ApolloServer(config)
  await apollo.start()
  const handlers = {
    graphql: createGraphqlHandler({ apollo, fastLane: null, contextOf: () => context() }),
    sockets: { open: unused },
    wellKnown: () => false,
    revocations: unused,
    explorer: null,
  }
  const server = createHttpServer({
    log: createLog('silent'),
    handlers: () => handlers,
    stage: () => ({ kind: 'starting' }),
    metrics: null,
    allowedOrigins: [],
  })
  // The suite writes a slash behind the address that it is given.
  server.prependListener('request', request => {
    request.url = request.url.replace(/^\/graphql\//, '/graphql')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    server: apollo,
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    extraCleanup: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

// This schema has neither @defer nor @stream.
defineIntegrationTestSuite(createServer, { noIncrementalDelivery: true })
