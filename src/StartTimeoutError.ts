import { brand } from './internal/brand.js';

/**
 * A member was not ready within the time that its group gives it.
 *
 * @example
 * ```ts
 * import { group, StartTimeoutError, type RunGroupError } from 'rx-runner';
 * import { NEVER } from 'rxjs';
 *
 * group({ db: NEVER, api: NEVER }, { needs: { api: ['db'] }, startWithin: 500 }).subscribe({
 *   error: ({ cause }: RunGroupError) => console.log(cause instanceof StartTimeoutError, String(cause)),
 * });
 * // true StartTimeoutError: db was not ready within 500 ms: it neither called ready() nor emitted
 * ```
 * @public
 */
export class StartTimeoutError extends Error {
  /** The member. */
  declare readonly path: readonly string[];
  /** The time that it had, in milliseconds. */
  declare readonly startWithin: number;

  constructor(path: readonly string[], startWithin: number) {
    super(`${path.join('/')} was not ready within ${startWithin} ms: it neither called ready() nor emitted`);
    this.path = path;
    this.startWithin = startWithin;
  }

  static {
    brand(this, 'StartTimeoutError');
  }
}
