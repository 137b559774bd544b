// Apollo's suite for hosts of Apollo Server, which test/http/apollo-integration.test.ts runs. It needs no database.
import config from './jest.config.js'

const { globalSetup: _, globalTeardown: __, ...rest } = config

export default { ...rest, testMatch: ['<rootDir>/test/http/apollo.suite.js'] }
