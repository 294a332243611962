import type { MonoTypeOperatorFunction } from 'rxjs';
import { ambient } from './internal/ambient.js';
import { check } from './internal/check.js';
import { Observable } from './internal/rxjs.js';

/**
 * Names a member of a group, for errors and events.
 *
 * It stands for the member wherever the group knows no better: a record's key comes first, then the outermost `named()`, then
 * the name of the first runner in it, then its index. Outside a group it does nothing.
 *
 * ```
 * source        -a-b-|
 * named('api')  -a-b-|
 * ```
 *
 * @example
 * ```ts
 * import { group, named } from 'rx-runner';
 * import { throwError } from 'rxjs';
 *
 * group([throwError(() => new Error('no route')).pipe(named('router'))]).subscribe({
 *   error: (error) => console.log(error.message), // router: no route
 * });
 * ```
 * @param name - the name; not empty
 * @returns an operator that passes the source on
 * @throws TypeError for a name that is no string, or empty
 * @public
 */
export function named<T>(name: string): MonoTypeOperatorFunction<T> {
  check(typeof name === 'string' && name, 'named', 'the name', 'a string that is not empty', name);
  return (source) =>
    new Observable<T>((subscriber) => {
      ambient.scope?.member?.suggestName(name);
      source.subscribe(subscriber);
    });
}
