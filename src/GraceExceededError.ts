import { brand } from './internal/brand.js';
import type { Grace } from './types.js';

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
  /** The member that was left behind; empty outside a group. */
  declare readonly path: readonly string[];
  /** The grace period, as it was given. */
  declare readonly grace: Grace;

  constructor(path: readonly string[], grace: Grace) {
    const period = typeof grace === 'number' ? `${grace} ms` : 'the grace period';
    super(`${path.join('/') || 'the teardown'} had not settled within ${period}`);
    this.path = path;
    this.grace = grace;
  }

  static {
    brand(this, 'GraceExceededError');
  }
}
