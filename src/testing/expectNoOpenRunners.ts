import { forget, openRuns, type OpenRun } from './internal/openRunners.js';
import { pointAt } from './internal/callSite.js';
import { leakMessage } from './internal/leakMessage.js';

/**
 * Throws if a runner that was started has not ended, its teardown included: with its name, and the place where it was made.
 *
 * A run that is left behind keeps a port, a file or a timer, and meddles with the tests that follow. Runs are counted from the
 * moment in which this entry is loaded; where it is not, nothing is. A runner that was made before that is told of by
 * the place where it was started. What is subscribed in virtual time does not count: it is over with it. Each run is told of
 * once.
 *
 * @example
 * ```ts
 * import { runner, start } from 'rx-runner';
 * import { expectNoOpenRunners } from 'rx-runner/testing';
 * import { interval } from 'rxjs';
 *
 * const run = start(runner({ name: 'ticker', run: () => interval(100) }));
 * await run.stop();
 * expectNoOpenRunners();
 * ```
 * @throws Error if there is one
 * @public
 */
export function expectNoOpenRunners(): void {
  throwIfAny(openRuns());
}

/** Throws for these runs, and takes them for ended: one test's leak is not the next one's. */
export function throwIfAny(runs: readonly OpenRun[]): void {
  const [first] = runs;
  if (!first) return;
  forget(runs);
  throw pointAt(first.place, new Error(leakMessage(runs)));
}
