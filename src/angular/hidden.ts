import type { Observable } from 'rxjs';
import { pageState } from './internal/pageState.js';

/**
 * Whether the page is hidden, in another tab's shadow or minimised: now, and whenever that changes.
 *
 * For `runWhile` it is a condition, the other way round; with `filter(Boolean), take(1)` it is an interrupt, which stops a group.
 *
 * ```
 * page        -----h-----v---
 * hidden()    f----t-----f---
 * ```
 *
 * It does not complete. Where there is no document, on a server, it never emits: `runWhile` does not start there, and a group
 * is not stopped.
 *
 * @example
 * ```ts
 * import { runner, runWhile } from 'rx-runner';
 * import { hidden } from 'rx-runner/angular';
 * import { interval, map } from 'rxjs';
 *
 * const animation = runner({ run: () => interval(40) });
 * animation.pipe(runWhile(hidden().pipe(map((isHidden) => !isHidden)))).subscribe();
 * ```
 * @returns a cold Observable of a boolean, and of every change of it
 * @see https://developer.mozilla.org/docs/Web/API/Document/visibilitychange_event
 * @public
 */
export function hidden(): Observable<boolean> {
  return pageState(
    () => (typeof document === 'undefined' ? undefined : document),
    ['visibilitychange'],
    () => document.visibilityState === 'hidden',
  );
}
