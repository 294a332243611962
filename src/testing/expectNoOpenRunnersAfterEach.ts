import { throwIfAny } from './expectNoOpenRunners.js';
import { check } from './internal/check.js';
import { openRuns, type OpenRun } from './internal/openRunners.js';

/**
 * What registers a function to be called around each test: that of Jest, of Vitest, of node:test.
 *
 * @public
 */
export interface TestHooks {
  readonly beforeEach: (callback: () => void) => unknown;
  readonly afterEach: (callback: () => void) => unknown;
}

/**
 * Has every test fail after which a runner is still running that was started in it; see `expectNoOpenRunners`.
 *
 * Runners that ran before the test, as those of a `beforeAll`, do not count. Hooks of one level are called in the order of their
 * registration by Jest and node:test, in the reverse order by Vitest: one of yours that stops runners has to come first.
 *
 * @example
 * ```ts
 * import { afterEach, beforeEach } from 'node:test';
 * import { expectNoOpenRunnersAfterEach } from 'rx-runner/testing';
 *
 * expectNoOpenRunnersAfterEach({ beforeEach, afterEach });
 * ```
 * @param hooks - the two hooks of the test framework
 * @throws TypeError if one of them is no function
 * @public
 */
export function expectNoOpenRunnersAfterEach(hooks: TestHooks): void {
  const { beforeEach, afterEach }: Partial<TestHooks> = hooks;
  check(typeof beforeEach === 'function', 'expectNoOpenRunnersAfterEach', "'beforeEach'", 'a function', beforeEach);
  check(typeof afterEach === 'function', 'expectNoOpenRunnersAfterEach', "'afterEach'", 'a function', afterEach);
  let before: ReadonlySet<OpenRun> = new Set();
  beforeEach(() => {
    before = new Set(openRuns());
  });
  afterEach(() => {
    throwIfAny(openRuns().filter((run) => !before.has(run)));
  });
}
