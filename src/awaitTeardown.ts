import type { ObservableInput } from 'rxjs';
import { awaitWork } from './internal/teardownWork.js';
import type { TeardownContext, TeardownResult } from './types.js';

/**
 * Makes a teardown awaited: whoever unsubscribes within a teardown scope waits until `work` has completed, and counts
 * its error.
 *
 * This is the primitive below everything else here; call it in the teardown of a hand-written `new Observable(...)`. A
 * function is called at once. It has to be called synchronously, while the unsubscription is going on: after the first
 * `await` of an async function the scope is gone.
 *
 * When the grace period is over, the context's signal aborts, and work that is made of groups, runners or `drain` is unsubscribed, so
 * that what they wait for is told as well. An Observable, or anything else of the kind, that a promise brings is waited for in its
 * place; a server or a socket is refused, since it goes on.
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
  awaitWork('awaitTeardown', typeof work === 'function' ? work : () => work);
}
