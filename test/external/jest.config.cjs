const live = require('../live/jest.config.cjs');

/** Two deployments, the second one on the data of the first: more of a machine than the other live tests take. */
module.exports = { ...live, roots: ['<rootDir>/test/external'] };
