import { brand } from './internal/brand.js';

/**
 * What `exclusive()` allows to run once at a time was subscribed while it was running, or being torn down.
 *
 * @example
 * ```ts
 * import { AlreadyRunningError, exclusive, runner } from 'rx-runner';
 * import { NEVER } from 'rxjs';
 *
 * const migration = runner(() => NEVER).pipe(exclusive());
 * migration.subscribe();
 * migration.subscribe({ error: (error) => console.log(error instanceof AlreadyRunningError) }); // true
 * ```
 * @public
 */
export class AlreadyRunningError extends Error {
  constructor() {
    super('it is already running, or being torn down');
  }

  static {
    brand(this, 'AlreadyRunningError');
  }
}
