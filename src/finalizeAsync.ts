import type { MonoTypeOperatorFunction } from 'rxjs';
import { check, isFunction } from './internal/check.js';
import { finalizing } from './internal/finalizing.js';
import type { FinalizeKind, TeardownContext, TeardownResult } from './types.js';

/**
 * Calls back at the end of the source and waits for what the callback returns: `finalize` that is awaited.
 *
 * The source is torn down first, and its teardowns have settled when the callback is called. What it returns is waited
 * for before the end is passed on, or, if the source was unsubscribed, by the scope around it. When the grace period of that scope
 * is over before, the callback is called then, with a signal that has aborted.
 *
 * ```
 * source                   -a-|
 * callback's work             --|
 * finalizeAsync(callback)  -a---|
 * ```
 *
 * It completes or errs as the source did; an error of the callback, or of its work, is an error too.
 *
 * @example
 * ```ts
 * import { finalizeAsync } from 'rx-runner';
 * import { interval, take } from 'rxjs';
 *
 * interval(100)
 *   .pipe(
 *     take(3),
 *     finalizeAsync(async (kind) => console.log('flushed after', kind)),
 *   )
 *   .subscribe({ complete: () => console.log('complete') });
 * // flushed after complete, then complete
 * ```
 * @param callback - gets how the source ended (`'complete'`, `'error'`, `'unsubscribe'`) and the teardown's context; returns
 *   an `ObservableInput`, whose values are ignored, or nothing
 * @returns an operator that passes the source on
 * @throws TypeError for a callback that is no function
 * @public
 */
export function finalizeAsync<T>(
  callback: (kind: FinalizeKind, context: TeardownContext) => TeardownResult,
): MonoTypeOperatorFunction<T> {
  check(isFunction(callback), 'finalizeAsync', 'the callback', 'a function', callback);
  return finalizing('finalizeAsync', callback);
}
