/** Unit tests stand beside the code; the live tests have their own configuration (test/live/jest.config.cjs). */
module.exports = {
  testEnvironment: 'node',
  // Jest leaves one core alone, which is half of the smallest machine.
  maxWorkers: '100%',
  roots: [
    '<rootDir>/stacks',
    '<rootDir>/constructs',
    '<rootDir>/pipeline-code',
    '<rootDir>/toolchain',
    '<rootDir>/cli',
    '<rootDir>/test',
  ],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/live/',
    '<rootDir>/test/k8s/',
    '<rootDir>/test/policy/',
    '<rootDir>/test/external/',
  ],
  // A dynamic import of a source names the file as it would be compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'] },
  transform: {
    '\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic', importSource: 'preact' } },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
      },
    ],
  },
};
