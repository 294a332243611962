/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Of files of which neither can be understood, loaded or tested without the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file, and it imports nothing.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'node-only-in-node',
      comment: 'The package runs in browsers: only src/node may use the built-ins of Node.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/node/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'angular-only-in-angular',
      comment: 'Angular is an optional peer of one entry.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/angular/' },
      to: { path: '@angular/' },
    },
    {
      name: 'rxjs-root-only',
      comment: 'Only what the root of RxJS exports (and, for src/testing, rxjs/testing) is public.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^node_modules/rxjs/', pathNot: '^node_modules/rxjs/dist/[^/]+/index\\.' },
    },
    {
      name: 'rxjs-root-or-testing',
      comment: 'See rxjs-root-only.',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { path: '^node_modules/rxjs/', pathNot: '^node_modules/rxjs/dist/[^/]+/(testing/)?index\\.' },
    },
    {
      name: 'no-other-package',
      comment: 'RxJS is the only package that the source needs.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/(jest|vitest)/' },
      to: { path: '^node_modules/', pathNot: '^node_modules/(rxjs|@angular)/' },
    },
    {
      name: 'own-framework-only',
      comment: 'Matchers know the framework that they are for, and no other.',
      severity: 'error',
      from: { path: '^src/testing/(jest|vitest)/' },
      to: { path: '^node_modules/', pathNot: ['^node_modules/(rxjs|@$1)/', '^node_modules/$1/'] },
    },
    {
      name: 'source-only',
      comment: 'The source stands alone: no specs, examples, scripts or builds.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(spec|spec-types|examples|scripts|dist)/' },
    },
    {
      name: 'examples-as-users',
      comment: 'An example imports what its reader can: the public entries, packages, and files of examples.',
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: '^(src|spec|spec-types|scripts|dist)/',
        pathNot: '^src/(index|[^/]+/index|testing/(jest|vitest)/index)\\.ts$',
      },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // a package of its own
    exclude: { path: '^examples/angular/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
