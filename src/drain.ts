import type { Observable, Unsubscribable } from 'rxjs';
import { check, checkGrace, isFunction } from './internal/check.js';
import { unsubscription } from './internal/unsubscription.js';
import type { GraceOptions } from './types.js';
import { endWith } from './internal/rxjs.js';

/**
 * Unsubscribes, and tells when every teardown that this has triggered has settled.
 *
 * It is for a subscription that somebody else made. Each subscription to it unsubscribes; it waits for nothing but what this very
 * call triggers: a subscription that was closed already is drained at once.
 *
 * ```
 * teardown             ---|
 * drain(subscription)  ---(d|)
 * ```
 *
 * It emits once, without a value, and completes; or it errs with what the teardowns failed with: one failure as it is, several in a
 * `RunGroupError`.
 *
 * @example
 * ```ts
 * import { drain, runner } from 'rx-runner';
 * import { interval } from 'rxjs';
 *
 * const ticks = runner({ run: () => interval(100), teardown: async () => console.log('torn down') });
 * const subscription = ticks.subscribe();
 * drain(subscription).subscribe(() => console.log('drained'));
 * ```
 * @param subscription - a `Subscription`, or anything else with `unsubscribe()`
 * @param options - `grace`: how long it waits
 * @returns a cold Observable that drains when it is subscribed
 * @throws TypeError for what cannot be unsubscribed, or a bad `grace`
 * @public
 */
export function drain(subscription: Unsubscribable, options: GraceOptions = {}): Observable<void> {
  checkGrace('drain', options);
  check(isUnsubscribable(subscription), 'drain', 'the subscription', 'something to unsubscribe', subscription);
  return unsubscription(subscription, options).pipe(endWith(undefined));
}

function isUnsubscribable(value: unknown): boolean {
  const { unsubscribe } = Object(value) as Partial<Unsubscribable>;
  return isFunction(unsubscribe);
}
