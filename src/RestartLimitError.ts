import { brand } from './internal/brand.js';

/**
 * `restart` has given up: what it ran had ended once more than its limit allows. `cause` is the last error.
 *
 * @example
 * ```ts
 * import { restart, RestartLimitError, runner } from 'rx-runner';
 *
 * runner(async () => { throw new Error('refused'); })
 *   .pipe(restart({ limit: 2, within: 1_000 }))
 *   .subscribe({
 *     error: (error: RestartLimitError) => console.log(String(error), error.cause),
 *   });
 * // RestartLimitError: ended once more than the limit of restarts allows: 2 within 1000 ms
 * ```
 * @public
 */
export class RestartLimitError extends Error {
  /** How many restarts were allowed. */
  declare readonly limit: number;
  /** Within which time, in milliseconds; `Infinity` without such a limit. */
  declare readonly within: number;

  constructor(limit: number, within: number, cause?: unknown) {
    const period = within === Infinity ? '' : ` within ${within} ms`;
    super(
      `ended once more than the limit of restarts allows: ${limit}${period}`,
      cause === undefined ? undefined : { cause },
    );
    this.limit = limit;
    this.within = within;
  }

  static {
    brand(this, 'RestartLimitError');
  }
}
