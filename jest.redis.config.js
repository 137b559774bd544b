// Tests that want a real Redis (TEST_REDIS_URL): apart from `npm test`, which needs no service.
import config from './jest.config.js'

export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.redis.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
}
