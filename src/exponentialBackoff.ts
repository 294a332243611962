import { checkNumbers } from './internal/check.js';
import { jittered } from './internal/delayOf.js';
import type { DelayStrategy } from './types.js';

/**
 * The options of `exponentialBackoff`.
 *
 * @public
 */
export interface ExponentialBackoffOptions {
  /** The first delay, in milliseconds; default 100. */
  readonly initial?: number;
  /** The longest delay, in milliseconds; default 30,000. */
  readonly max?: number;
  /** How much longer each delay is than the one before; default 2. */
  readonly factor?: number;
  /** The share of a delay, from 0 to 1, of which a random part is taken off; default 0. */
  readonly jitter?: number;
  /** Random numbers from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/**
 * A delay strategy for `restart`: each delay is a multiple of the one before, up to a longest one.
 *
 * ```
 * source      #
 * restart     # 100 ms # 200 ms # 400 ms # ...
 * ```
 *
 * The delay before restart `attempt` is `initial * factor ** (attempt - 1)`, at most `max`; with `jitter` up to that share of it
 * is taken off at random.
 *
 * @example
 * ```ts
 * import { exponentialBackoff, restart, runner } from 'rx-runner';
 *
 * const consumer = runner(async () => { throw new Error('broker is down'); });
 * consumer.pipe(restart({ delay: exponentialBackoff({ initial: 100, max: 5_000, jitter: 0.2 }) })).subscribe();
 * ```
 * @throws TypeError for a bad option
 * @public
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): DelayStrategy {
  const { initial = 100, max = 30_000, factor = 2 } = options;
  checkNumbers('exponentialBackoff', { initial, max });
  checkNumbers('exponentialBackoff', { factor }, 1);
  const delay = jittered('exponentialBackoff', options);
  // nothing times what is too large for a number is none
  return (attempt) => delay(Math.min(max, initial * factor ** (attempt - 1)) || 0);
}
