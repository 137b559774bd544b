// Tests that want Python with PyJWT (PYTHON_PATH, else Debian's): apart from `npm test`, which needs nothing installed.
import config from './jest.config.js'

export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.python.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
}
