const unit = require('../../jest.config.cjs');

/** The live tests: one deployment, the files in the order of their numbers, ended at the first file that fails to set up. */
module.exports = {
  ...unit,
  rootDir: '../..',
  roots: ['<rootDir>/test/live'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: {
    ...unit.transform,
    '/@kubernetes/client-node/dist/index\\.js$': '<rootDir>/test/live/support/bundled.cjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!@kubernetes/client-node/)'],
  testSequencer: '<rootDir>/test/live/support/sequencer.cjs',
  globalSetup: '<rootDir>/test/live/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/live/support/global-teardown.ts',
  maxWorkers: 1,
  testTimeout: 120_000,
};
