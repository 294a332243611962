import type { ObservableInput } from 'rxjs';
import { abortable } from './internal/abortable.js';
import { currentScope, registerTeardown, within } from './internal/ambient.js';
import { inputOf } from './internal/check.js';
import { failureOf } from './internal/failures.js';
import { Owner } from './internal/owner.js';
import { StopError } from './StopError.js';
import type { TeardownContext, TeardownResult } from './types.js';
import { from, noop } from './internal/rxjs.js';

/**
 * Makes a teardown awaited: whoever unsubscribes within a teardown scope waits until `work` has completed, and counts
 * its error.
 *
 * This is the primitive below everything else here; call it in the teardown of a hand-written `new Observable(...)`. A
 * function is called at once. It has to be called synchronously, while the unsubscription is going on: after the first
 * `await` of an async function the scope is gone.
 *
 * Outside every scope the work runs to its end all the same, and its error goes to `config.onUnhandledError`, else it is
 * thrown from a timer.
 *
 * ```
 * source   -a-b-c-
 * unsub    -----!
 * work          --|
 * ```
 *
 * @example
 * ```ts
 * import { awaitTeardown } from 'rx-runner';
 * import { Observable } from 'rxjs';
 *
 * const lines = new Observable<string>((subscriber) => {
 *   const timer = setInterval(() => subscriber.next('a line'), 100);
 *   return () => {
 *     clearInterval(timer);
 *     awaitTeardown(async () => console.log('flushed'));
 *   };
 * });
 * ```
 * @param work - an `ObservableInput`, or a function that returns one, or nothing; its values are ignored
 * @public
 */
export function awaitTeardown(work: ObservableInput<unknown> | ((context: TeardownContext) => TeardownResult)): void {
  const scope = currentScope();
  const { context, abort } = abortable({ reason: scope?.reason ?? new StopError() });
  const report = registerTeardown(abort);
  const complete = (): void => {
    report();
  };
  const error = (failure: unknown): void => {
    report(failureOf(failure));
    report();
  };
  try {
    const result = typeof work === 'function' ? work(context) : work;
    // whoever pushes, or deletes, in an arrow function returns something: a number, a boolean is nothing to wait for
    const input = inputOf(Object(result) === result ? result : undefined, 'teardown', 'what it returns');
    // nobody wants its values, and nobody unsubscribes it; detached: a runner that does the work of a teardown neither
    // names the member nor makes it ready
    const owner = within(undefined, () => new Owner<unknown>({ next: noop, add: noop, error, complete }));
    owner.waiter = scope;
    owner.run(from(input));
  } catch (failure: unknown) {
    error(failure);
  }
}
