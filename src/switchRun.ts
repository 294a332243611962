import type { ObservableInput, ObservedValueOf, OperatorFunction } from 'rxjs';
import { check, checkGrace, isFunction } from './internal/check.js';
import { Series } from './internal/series.js';
import type { GraceOptions } from './types.js';
import { defer, Observable } from './internal/rxjs.js';

/**
 * Runs what `project` makes of each value, and starts the next only when the teardown of the one before has settled.
 *
 * As `switchMap`, which starts the next one while the old one still holds its port. Of the values that arrive while a
 * teardown is pending the latest wins; `project` is not called for the others.
 *
 * ```
 * source      -a--b-c-d---|
 * run of a     x-x-
 * teardown        -----|
 * run of d             x-x-x-x|
 * switchRun   -x-x-----x-x-x-x|
 * ```
 *
 * It emits what the runs emit, completes when the source has completed and nothing runs or waits, and errs with the source's
 * error, a run's, or a teardown's, when everything else has been torn down. Unsubscribed, it tears down the source and the
 * run.
 *
 * `grace` limits the wait for each teardown: when it is over, the result errs with a `GraceExceededError`; `0` does not wait.
 *
 * @example
 * ```ts
 * import { runner, switchRun } from 'rx-runner';
 * import { NEVER, Subject } from 'rxjs';
 *
 * const ports$ = new Subject<number>();
 * ports$
 *   .pipe(switchRun((port) => runner({ run: () => NEVER, teardown: async () => console.log('closed', port) })))
 *   .subscribe();
 * ports$.next(8080);
 * ports$.next(8081); // starts when 8080 is closed
 * ```
 * @param project - makes a runner, any `ObservableInput`, of a value and its index; called when it is the turn of the value
 * @param options - `grace`: how long a teardown is waited for
 * @throws TypeError for a `project` that is no function, or a bad `grace`
 * @public
 */
export function switchRun<T, R extends ObservableInput<unknown>>(
  project: (value: T, index: number) => R,
  options: GraceOptions = {},
): OperatorFunction<T, ObservedValueOf<R>> {
  check(isFunction(project), 'switchRun', 'the project', 'a function', project);
  checkGrace('switchRun', options);
  return (source) =>
    new Observable((subscriber) => {
      const owner = new Series(subscriber, options);
      subscriber.add(owner);
      let count = 0;
      const values = owner.child((value: T) => {
        const index = count++;
        owner.runInstead(defer(() => owner.callDown(() => project(value, index))));
      });
      owner.run(source, values);
    });
}
