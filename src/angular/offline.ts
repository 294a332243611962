import type { Observable } from 'rxjs';
import { pageState } from './internal/pageState.js';

/**
 * Whether the browser is offline: now, and whenever that changes.
 *
 * For `runWhile` it is a condition, the other way round; with `filter(Boolean), take(1)` it is an interrupt, which stops a group.
 *
 * ```
 * network     -----x-----o---
 * offline()   f----t-----f---
 * ```
 *
 * It does not complete. Where there is no window, on a server, it never emits: `runWhile` does not start there, and a group is
 * not stopped. `false` is no promise of a connection: the browser only knows whether it has a network.
 *
 * @example
 * ```ts
 * import { runner, runWhile } from 'rx-runner';
 * import { offline } from 'rx-runner/angular';
 * import { interval, map } from 'rxjs';
 *
 * const poller = runner({ run: () => interval(5_000) });
 * poller.pipe(runWhile(offline().pipe(map((isOffline) => !isOffline)))).subscribe();
 * ```
 * @returns a cold Observable of a boolean, and of every change of it
 * @see https://developer.mozilla.org/docs/Web/API/Navigator/onLine
 * @public
 */
export function offline(): Observable<boolean> {
  return pageState(
    () => (typeof window === 'undefined' ? undefined : window),
    ['online', 'offline'],
    () => !navigator.onLine,
  );
}
