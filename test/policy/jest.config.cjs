const unit = require('../../jest.config.cjs');

/** What judges our Kubernetes objects. Apart from the unit tests: the tools are fetched and built the first time. */
module.exports = {
  ...unit,
  rootDir: '../..',
  roots: ['<rootDir>/test/policy'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/policy/global-setup.ts',
  testTimeout: 60_000,
};
