/** Jest loads the TypeScript sources as ES modules (--experimental-vm-modules), types stripped by SWC. */
const common = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/support/ci/without-navigator.js', '<rootDir>/test/support/ci/one-seed.js'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/var/'],
}

const project = (name, extra = {}) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
})

/** One real PostgreSQL for the whole run; each test file takes a database of its own in it. */
const withDatabase = {
  globalSetup: '<rootDir>/test/support/start-cluster.ts',
  globalTeardown: '<rootDir>/test/support/stop-cluster.ts',
}

export default {
  // One more than the cores of the smallest machine: tests of real servers wait for much of their time.
  maxWorkers: 3,
  testTimeout: 60_000,
  projects: [
    project('unit'),
    project('arch'),
    project('conformance'),
    project('property'),
    project('e2e', withDatabase),
    project('fault', withDatabase),
  ],
}
