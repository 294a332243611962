import { within } from './internal/ambient.js';

/**
 * Calls `fn` outside every teardown scope, and returns what it returns.
 *
 * For a finalizer that touches what is not its own: whatever it unsubscribes is not waited for by the group that is
 * being stopped. What that teardown fails with is reported as an unhandled error, unless it finds another scope: a runner
 * remembers the one in which it was subscribed.
 *
 * @example
 * ```ts
 * import { detached, runner } from 'rx-runner';
 * import { NEVER, type Subscription } from 'rxjs';
 *
 * const session = (cache: Subscription) =>
 *   runner({
 *     run: () => NEVER,
 *     teardown: () => detached(() => cache.unsubscribe()), // the cache belongs to somebody else
 *   });
 * ```
 * @param fn - called at once; what it throws is thrown
 * @returns what `fn` returned
 * @public
 */
export function detached<R>(fn: () => R): R {
  return within(undefined, fn);
}
