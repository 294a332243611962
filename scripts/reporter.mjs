import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Where a complete run on the source leaves the titles of its tests, for `scripts/battery.mjs`. */
export const titlesFile = 'node_modules/.cache/rx-runner/titles.json';

/**
 * Prints `N passed, N failed` as the last line of a Jest run.
 *
 * Nothing is ever skipped here, so a skipped test and a todo count as failed, as does a spec file that could not be
 * loaded and a run without any test. Only what a name filter (`-t`) leaves out does not count.
 */
export default class CountReporter {
  #config;
  #failed = 1;

  constructor(config) {
    this.#config = config;
  }

  onRunComplete(testContexts, results) {
    const filtered = Boolean(this.#config.testNamePattern);
    const skipped = filtered ? 0 : results.numPendingTests + results.numTodoTests;
    const passed = results.numPassedTests;
    this.#failed = results.numFailedTests + results.numRuntimeErrorTestSuites + skipped || Number(passed === 0);

    this.#writeTitles(testContexts, results, filtered);
    // Jest puts its own summary after the last reporter.
    process.once('exit', () => {
      process.stdout.write(`${passed} passed, ${this.#failed} failed\n`);
    });
  }

  /** Jest asks for this at the end, and fails the run when it is an error. */
  getLastError() {
    return this.#failed > 0 ? new Error(`${this.#failed} failed, skipped or todo`) : undefined;
  }

  #writeTitles(testContexts, results, filtered) {
    const { rootDir, testPathPatterns, onlyChanged } = this.#config;
    const partial = filtered || onlyChanged || testPathPatterns.patterns.length > 0;
    if (partial || [...testContexts].some(({ config }) => config.displayName?.name !== 'src')) {
      return;
    }
    const titles = results.testResults.flatMap(({ testFilePath, testResults }) =>
      testResults.map(({ title, fullName, status }) => ({
        file: relative(rootDir, testFilePath).replaceAll('\\', '/'),
        title,
        fullName,
        status,
      })),
    );
    const file = join(rootDir, titlesFile);
    rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(titles, null, 2));
  }
}
