import type { ObservableInput } from 'rxjs';
import type { RunFunction } from '../index.js';
import { mainRun } from './internal/mainRun.js';
import type { MainOptions } from './mainOptions.js';

/**
 * Runs a program as the main one of a Node process: signals and uncaught errors stop it, its teardowns are waited for, what
 * failed is printed, and the exit code is set.
 *
 * ```
 * SIGTERM    -----s-------
 * source     -a-b-!
 * teardown        ----|
 * promise    ---------|      exit code 0
 * ```
 *
 * The process stays alive as long as the source runs, and until its teardowns have settled. The first signal stops the source;
 * in the first half of `debounce` any other counts as the same wish (npm passes one Ctrl-C on a second time; some managers
 * send SIGHUP right after SIGTERM). One that comes later forces the end, as soon as `debounce` is over. An uncaught exception, or a rejection that nobody handles, stops the
 * source too; further ones are added to the report.
 *
 * A stop has the time of `grace`. At half of it a line names who is still stopping; when it is over, the signals of the
 * teardowns' contexts abort, and the process exits with 1. That is the only case in which `process.exit` is called: else
 * the exit code is set, all listeners are removed, and the process ends when nothing is left open. The source's own end has no
 * limit; a signal gives it one.
 *
 * The exit code is 1 if anything failed. Else it is 0, or what `exitCode` makes of the signal. The failures are printed by the
 * paths of their members, with stacks and causes. During a stop an `EPIPE`, or the `EIO` of
 * a terminal that is gone, is no failure.
 *
 * Call it as the last statement of the program; it may run more than once in a process.
 *
 * @example
 * ```ts
 * import { group, runner } from 'rx-runner';
 * import { runMain } from 'rx-runner/node';
 * import { interval } from 'rxjs';
 *
 * const ticker = runner({ run: () => interval(1000), teardown: async () => console.log('ticker: stopped') });
 * void runMain(group({ ticker }), { grace: 5_000 });
 * ```
 * @param source - a runner, a group, any `ObservableInput`, or a run function, as `runner` takes it; its values are ignored
 * @param options - signals, grace period, exit code, logger
 * @returns a promise that settles as the run has ended, its teardowns included: rejected if anything failed. The failure has
 *   been printed by then, and its rejection need not be handled
 * @throws TypeError if the source is neither, or for a bad option
 * @public
 */
export function runMain(source: ObservableInput<unknown> | RunFunction, options: MainOptions = {}): Promise<void> {
  const ended = mainRun(source, options);
  // told already
  ended.catch(() => undefined);
  return ended;
}
