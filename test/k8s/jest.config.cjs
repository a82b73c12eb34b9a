const live = require('../live/jest.config.cjs');
const unit = require('../../jest.config.cjs');

/** Tests on a real cluster: the files in the order of their names, one at a time. */
module.exports = {
  ...unit,
  rootDir: '../..',
  roots: ['<rootDir>/test/k8s'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: live.transform,
  transformIgnorePatterns: live.transformIgnorePatterns,
  testSequencer: '<rootDir>/test/live/support/sequencer.cjs',
  globalSetup: '<rootDir>/test/k8s/support/global-setup.ts',
  maxWorkers: 1,
  testTimeout: 120_000,
};
