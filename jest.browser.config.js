// Tests that drive Debian's Chromium: apart from `npm test`, which needs nothing installed.
import { availableParallelism } from 'node:os'
import config from './jest.config.js'

export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.browser.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // A browser does not wait, it draws: one more than there are cores takes as long, and each test twice its time.
  maxWorkers: availableParallelism(),
  // A browser with several tabs on a busy machine.
  testTimeout: 120_000,
}
