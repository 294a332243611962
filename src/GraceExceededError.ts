import { brand } from './internal/brand.js';

/**
 * A teardown had not settled when the grace period was over; it was left behind.
 *
 * @example
 * ```ts
 * import { GraceExceededError, group, RunGroupError } from 'rx-runner';
 *
 * group({ db, api }, { grace: 5_000 }).subscribe({
 *   error: (error: RunGroupError) => {
 *     const late = error.errors.filter((each) => each instanceof GraceExceededError);
 *     console.error(late.map(({ message }) => message)); // [ 'db had not settled within 5000 ms' ]
 *   },
 * });
 * ```
 * @public
 */
export class GraceExceededError extends Error {
  constructor(path: readonly string[], grace: number | undefined) {
    super(`${path.join('/') || 'the teardown'} had not settled within ${grace === undefined ? 'the grace period' : `${grace} ms`}`);
    this.path = path;
    this.grace = grace;
  }

  /** The member that was left behind; empty outside a group. */
  readonly path: readonly string[];
  /** The grace period in milliseconds; undefined where it was given as an `ObservableInput`. */
  readonly grace: number | undefined;

  static {
    brand(this, 'GraceExceededError');
  }
}
