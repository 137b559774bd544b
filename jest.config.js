// ES modules throughout (run with --experimental-vm-modules). One throw-away PostgreSQL cluster a run.
import { availableParallelism } from 'node:os'

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // A browser, a Redis and a Python are not in the lock file: .ci/run runs those tests where it has them.
  testPathIgnorePatterns: ['/node_modules/', '\\.(browser|redis|python)\\.test\\.ts$'],
  // More than cores, for many tests wait. A number: jest takes 150% for 150 workers.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/test/support/longest-first.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  testTimeout: 30_000,
}
