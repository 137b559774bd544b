// Tests that drive Debian's Chromium: apart from `npm test`, which needs nothing installed.
import config from './jest.config.js'

export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.browser.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // A browser with several tabs on a busy machine.
  testTimeout: 120_000,
}
