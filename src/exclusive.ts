import type { MonoTypeOperatorFunction } from 'rxjs';
import { AlreadyRunningError } from './AlreadyRunningError.js';
import { Owner } from './internal/owner.js';
import { Observable } from './internal/rxjs.js';

/**
 * Lets the source run once at a time: a second subscription errs until the first one's teardown has settled.
 *
 * For what must not run twice: a migration, the only writer of a file. The state belongs to the one Observable that the
 * operator returns; piped again, it is another one.
 *
 * ```
 * first       -a-b-!
 * teardown         --|
 * second          #
 * third               -a-b-
 * ```
 *
 * It emits, completes and errs as the source does, when its teardown has settled.
 *
 * @example
 * ```ts
 * import { exclusive, runner } from 'rx-runner';
 * import { NEVER } from 'rxjs';
 *
 * const writer = runner(() => NEVER).pipe(exclusive());
 * writer.subscribe();
 * writer.subscribe({ error: (error) => console.log(String(error)) });
 * // AlreadyRunningError: it is already running, or being torn down
 * ```
 * @public
 */
export function exclusive<T>(): MonoTypeOperatorFunction<T> {
  return (source) => {
    let running = false;
    return new Observable<T>((subscriber) => {
      if (running) throw new AlreadyRunningError();
      running = true;
      const owner = new Owner<T>(subscriber);
      owner.released = () => {
        running = false;
      };
      owner.run(source);
    });
  };
}
