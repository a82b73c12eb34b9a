import tseslint from 'typescript-eslint';

/** What may not be imported, with what to do instead. */
const fence = (patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] });

const providers = {
  regex: '^(cdktf|@cdktf)(/|$)',
  message: 'only constructs/platforms and stacks declare resources: describe a Workload and give it to a Platform',
};
const platforms = {
  regex: '(^|/)platforms(/|$)',
  message: 'a component does not know where it runs: take a Platform',
};
const declarations = {
  regex: '^(\\.\\./)+(constructs|stacks|cli)(/|$)',
  message: 'a program runs in a container, without what declares it: share through pipeline-code/contract',
};

export default tseslint.config(
  { ignores: ['node_modules', 'cdktf.out', '.review', '.deployments', 'coverage', '**/dist'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Failures that nobody sees: a promise that is dropped, a thing thrown that is no error.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A name is found by searching for it; a default export is called something else by each of its users.
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-control-regex': 'error',
      ...fence([providers]),
    },
  },
  {
    // Jest's own setup files, and declarations of what a bundler makes a module of.
    files: [
      'test/live/support/global-*.ts',
      'test/k8s/support/global-*.ts',
      'test/policy/global-setup.ts',
      '**/*.d.ts',
    ],
    rules: { 'no-restricted-exports': 'off' },
  },
  { files: ['constructs/**/*.ts'], ignores: ['constructs/platforms/**'], rules: fence([providers, platforms]) },
  {
    files: ['constructs/platforms/**/*.ts', 'stacks/**/*.ts', 'test/synth.ts', 'test/k8s/support/quorum-stack.ts'],
    rules: fence([]),
  },
  { files: ['pipeline-code/**/*.{ts,tsx}'], rules: fence([providers, declarations]) },
  {
    // Synthesised JSON and answers of services are looked at field by field; the assertion is the check.
    files: ['**/*.test.{ts,tsx}', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
);
