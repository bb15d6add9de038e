/** Node strips the types and Jest runs the ES modules as they are: no transformer (docs/decisions/0001). */
export default {
  testEnvironment: 'node',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/test/**/*.test.ts'],
  testTimeout: 60_000,
  testSequencer: './test/support/sequencer.js',
  // One less than there are cores would leave half of a small machine idle.
  maxWorkers: '100%',
  // Contexts of ended test files stay in memory: a worker that has grown is replaced.
  workerIdleMemoryLimit: '2GB',
  globalSetup: './test/support/global-setup.ts',
  globalTeardown: './test/support/global-teardown.ts',
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
}
