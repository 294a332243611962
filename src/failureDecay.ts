import { checkNumbers } from './internal/check.js';
import { delayOf, jittered } from './internal/delayOf.js';
import type { DelayStrategy } from './types.js';
import { asyncScheduler } from './internal/rxjs.js';

/**
 * The options of `failureDecay`.
 *
 * @public
 */
export interface FailureDecayOptions {
  /** The time in which the count of failures halves, in milliseconds; default 30,000. */
  readonly decay?: number;
  /** The count over which it pauses; default 5. */
  readonly threshold?: number;
  /** How long it pauses, in milliseconds; default 15,000. */
  readonly pause?: number;
  /** The share of a pause, from 0 to 1, of which a random part is taken off; default 0. */
  readonly jitter?: number;
  /** Random numbers from 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/**
 * A delay strategy for `restart`: restarts at once, but pauses when failures come faster than they are forgotten.
 *
 * It counts failures, and halves the count every `decay` milliseconds. A failure that brings it over the `threshold` is followed
 * by a pause; after it the count begins at 0 again. As Go's suture.
 *
 * ```
 * failures    # # # # # #                  #
 * count       1 2 3 4 5 6                  1
 * restart      x x x x x  --- pause --- x   x
 * ```
 *
 * @example
 * ```ts
 * import { failureDecay, restart, runner } from 'rx-runner';
 *
 * const consumer = runner(async () => { throw new Error('broker is down'); });
 * consumer.pipe(restart({ delay: failureDecay({ threshold: 3, pause: 10_000 }) })).subscribe();
 * ```
 * @throws TypeError for a bad option
 * @public
 */
export function failureDecay(options: FailureDecayOptions = {}): DelayStrategy {
  const { decay = 30_000, threshold = 5, pause = 15_000 } = options;
  checkNumbers('failureDecay', { decay, threshold, pause });
  const delay = jittered('failureDecay', options);
  const anew = (): DelayStrategy => {
    let failures = 0;
    let before = 0;
    return () => {
      const now = asyncScheduler.now();
      // without a decay every failure is forgotten at once
      failures = failures && decay ? failures * 0.5 ** ((now - before) / decay) + 1 : 1;
      before = now;
      if (failures <= threshold) return delayOf(0);
      failures = 0;
      return delay(pause);
    };
  };
  return Object.assign(anew(), { anew });
}
