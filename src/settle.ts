import type { MonoTypeOperatorFunction } from 'rxjs';
import { checkGrace } from './internal/check.js';
import { Owner } from './internal/owner.js';
import type { GraceOptions } from './types.js';
import { Observable } from './internal/rxjs.js';

/**
 * Holds back the end of the source until every teardown that it triggered upstream has settled.
 *
 * `take(1)`, `takeUntil(...)`, `timeout(...)` unsubscribe upstream and say at once that they are done, while a server still
 * drains: `settle()` after them waits. Values pass as they come.
 *
 * ```
 * runner             -a-b-c-
 * teardown            ---|
 * take(1), settle()  -a--|
 * ```
 *
 * It completes, or errs, when the source has and the teardowns have settled. A teardown that failed is an error: as it is, or with
 * others in a `RunGroupError`, the source's own first. Unsubscribed, it unsubscribes the source, and lets a scope around it wait.
 * Put it before `share()`, and before operators that pass things on later, as `delay` does.
 *
 * @example
 * ```ts
 * import { runner, settle } from 'rx-runner';
 * import { interval, take } from 'rxjs';
 *
 * const ticks = runner({ run: () => interval(100), teardown: async () => console.log('torn down') });
 * ticks.pipe(take(3), settle()).subscribe({ complete: () => console.log('complete') });
 * // torn down, then complete
 * ```
 * @param options - `grace`: how long it waits
 * @returns an operator that passes the source on
 * @throws TypeError for a bad `grace`
 * @public
 */
export function settle<T>(options: GraceOptions = {}): MonoTypeOperatorFunction<T> {
  checkGrace('settle', options);
  return (source) =>
    new Observable<T>((subscriber) => {
      const owner = new Owner(subscriber, options);
      subscriber.add(owner);
      owner.run(source);
    });
}
