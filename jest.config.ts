/** @jest-config-loader esbuild-register */
import { type Config } from 'jest';

/**
 * One lane per form of the package: its source (`npm test`), and its two builds (`npm run test:dist`).
 * The specs always import the source by a relative path; the lanes of the builds map that path to `dist`.
 * ts-jest only strips the types: `npm run typecheck` is what checks them.
 */
function lane(displayName: string, target: string, testPathIgnorePatterns: string[] = []) {
  return {
    displayName,
    testEnvironment: 'node',
    testMatch: ['<rootDir>/spec/**/*-spec.ts'],
    testPathIgnorePatterns,
    extensionsToTreatAsEsm: ['.ts'],
    setupFilesAfterEnv: ['<rootDir>/spec/helpers/compareFailures.ts', '<rootDir>/spec/helpers/openRunners.ts'],
    transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
    moduleNameMapper: {
      '^rx-runner$': `<rootDir>/${target}/index`,
      '^rx-runner/(.*)$': `<rootDir>/${target}/$1/index`,
      '^(?:\\.{1,2}/)+src/(.*)\\.js$': `<rootDir>/${target}/$1`,
      '^(\\.{1,2}/.*)\\.js$': '$1',
    },
  } satisfies Config;
}

/** Angular's specs have lanes of their own. */
const angular = ['<rootDir>/spec/angular/'];
/** The builds need not have the internal files that these specs look at. */
const internal = ['<rootDir>/spec/internal/'];

/** The core on the oldest RxJS that the peer range admits, where RxJS's own code can make a difference. */
function oldestRxjsLane() {
  const base = lane('oldest-rxjs', 'src');
  return {
    ...base,
    testMatch: ['<rootDir>/spec/*-spec.ts', '<rootDir>/spec/testing/*-spec.ts'],
    moduleNameMapper: { '^rxjs(/testing)?$': 'rxjs-oldest$1', ...base.moduleNameMapper },
  } satisfies Config;
}

/** `rx-runner/angular`, with a page, and with one of the two ways in which an application learns of changes. */
function angularLane(changeDetection: 'zoneless' | 'zone') {
  const displayName = `angular-${changeDetection}`;
  const base = lane(displayName, 'src');
  return {
    ...base,
    testEnvironment: 'jsdom',
    // one RxJS for Angular and for the source
    testEnvironmentOptions: { customExportConditions: ['node'] },
    testMatch: ['<rootDir>/spec/angular/**/*-spec.ts'],
    // not the check for open runners: Angular destroys what a spec has made after all hooks
    setupFilesAfterEnv: [
      '<rootDir>/spec/helpers/compareFailures.ts',
      `<rootDir>/spec/angular/helpers/${changeDetection}.ts`,
    ],
  } satisfies Config;
}

export default {
  projects: [
    lane('src', 'src', angular),
    lane('esm', 'dist/esm', [...internal, ...angular]),
    lane('cjs', 'dist/cjs', [...internal, ...angular]),
    oldestRxjsLane(),
    angularLane('zoneless'),
    angularLane('zone'),
  ],
  reporters: ['default', '<rootDir>/scripts/reporter.mjs'],
} satisfies Config;
