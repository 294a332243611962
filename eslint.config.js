import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import rxjsX from 'eslint-plugin-rxjs-x';
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The one file that may extend RxJS's `Subscriber`, whose protected members it needs. */
const subscriberFile = 'src/internal/child.ts';

/** The file that may use a timer which `TestScheduler` cannot move; everything else takes time from RxJS. */
const timerFiles = ['src/internal/onSignal.ts'];

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const timerMessage = `Take time from RxJS ('timer' and schedulers), so that marble tests can move it.`;

export default defineConfig(
  // examples/angular is compiled by Angular's own compiler, with packages of its own
  globalIgnores(['dist/', 'coverage/', 'examples/angular/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, rxjsX.configs.strict],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['rxjs/internal', 'rxjs/internal/*', 'rxjs/dist/*', 'rxjs/src/*'], message: 'Not public.' },
            { group: ['rxjs/operators'], message: `Import from 'rxjs'.` },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(ClassDeclaration, ClassExpression)[superClass.name="Subscriber"]',
          message: `Only ${subscriberFile} may extend Subscriber.`,
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { tsdoc },
    rules: {
      'tsdoc/syntax': 'error',
      // A callback that may return something to wait for, or nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Methods are only looked at; they are called on their object.
      '@typescript-eslint/unbound-method': 'off',
      // `this.owner as X`: an object that only ever has one owner class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-restricted-globals': ['error', ...timers.map((name) => ({ name, message: timerMessage }))],
      'no-restricted-properties': [
        'error',
        ...timers.map((property) => ({ object: 'globalThis', property, message: timerMessage })),
      ],
    },
  },
  {
    files: [subscriberFile],
    rules: {
      'no-restricted-syntax': 'off',
      'rxjs-x/no-subclass': 'off',
      // The constructor of Subscriber is marked as one that RxJS calls.
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  { files: timerFiles, rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' } },
  {
    // They add to an interface whose type parameters they have to repeat.
    files: ['src/testing/{jest,vitest}/index.ts'],
    rules: { '@typescript-eslint/no-unused-vars': 'off' },
  },
  {
    // what a new user reads first
    files: ['examples/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 200 }] },
  },
  {
    files: ['spec/**/*.ts'],
    extends: [jest.configs['flat/recommended'], jest.configs['flat/style']],
    rules: {
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'run', 'run.*', 'fc.assert'] }],
      'jest/no-disabled-tests': 'error',
      // A spec that subscribes without an error handler wants the error to reach Jest.
      'rxjs-x/no-ignored-error': 'off',
    },
  },
  {
    // `injector: TestBed.inject(Injector)`: abstract classes are what Angular has for interfaces.
    files: ['spec/angular/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // The promise of a test is that of its runner.
    files: ['examples/**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: 'it', package: 'node:test' }] },
      ],
    },
  },
  {
    // A module of Nest is an empty class, and its options are a class where others have an interface.
    files: ['examples/recipes/nest.ts'],
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    // Tables of tests that several specs share.
    files: ['spec/helpers/**/*.ts'],
    rules: { 'jest/no-export': 'off', 'jest/no-standalone-expect': 'off', 'jest/valid-title': 'off' },
  },
  {
    // These run in a browser.
    files: ['examples/*/page/*.js'],
    languageOptions: { globals: { document: 'readonly', EventSource: 'readonly' } },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortController',
          'AbortSignal',
          'clearTimeout',
          'console',
          'fetch',
          'module',
          'performance',
          'process',
          'require',
          'setTimeout',
          'URL',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
