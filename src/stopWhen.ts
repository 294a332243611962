import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { check, checkGrace, isInput } from './internal/check.js';
import { isAbortSignal, onAbort } from './internal/onAbort.js';
import { Owner } from './internal/owner.js';
import type { GraceOptions } from './types.js';
import { from, map, Observable } from './internal/rxjs.js';

/**
 * Stops the source when a notifier emits or a signal aborts, and completes when its teardown has settled: `takeUntil` that
 * waits.
 *
 * ```
 * runner             -a-b-c-
 * notifier           ---x
 * teardown              --|
 * stopWhen(notifier) -a---|
 * ```
 *
 * The notifier is subscribed first; one that emits at once leaves the source alone, as does a signal that has aborted. A notifier
 * that completes without a value stops nothing. If it errs, the source is stopped, and the error is passed on after
 * the teardown. The end of the source unsubscribes the notifier. Failed teardowns are errors, as with {@link settle}.
 *
 * @example
 * ```ts
 * import { runner, stopWhen } from 'rx-runner';
 * import { interval, timer } from 'rxjs';
 *
 * const ticks = runner({ run: () => interval(100), teardown: async () => console.log('torn down') });
 * ticks.pipe(stopWhen(timer(350))).subscribe({ complete: () => console.log('complete') });
 * ticks.pipe(stopWhen(AbortSignal.timeout(350))).subscribe();
 * ```
 * @param notifier - an `ObservableInput`, or an `AbortSignal`, whose reason is then the `cause` of the stop
 * @param options - `grace`: how long it waits
 * @returns an operator that passes the source on until the stop
 * @throws TypeError for a notifier that is neither, or a bad `grace`
 * @public
 */
export function stopWhen<T>(
  notifier: ObservableInput<unknown> | AbortSignal,
  options: GraceOptions = {},
): MonoTypeOperatorFunction<T> {
  checkGrace('stopWhen', options);
  const causes = causesOf(notifier);
  return (source) =>
    new Observable<T>((subscriber) => {
      const owner = new Owner(subscriber, options);
      subscriber.add(owner);
      const child = owner.child();
      const notifier = owner.child((cause) => {
        owner.stop({ cause });
      });
      owner.run(causes, notifier);
      owner.run(source, child);
    });
}

/** What stops the source, as an Observable of the causes that it gives. */
function causesOf(notifier: ObservableInput<unknown> | AbortSignal): Observable<unknown> {
  if (isAbortSignal(notifier)) {
    return new Observable((subscriber) =>
      onAbort(notifier, (reason) => {
        subscriber.next(reason);
      }),
    );
  }
  check(isInput(notifier), 'stopWhen', 'the notifier', 'an ObservableInput or an AbortSignal', notifier);
  return from(notifier).pipe(map(() => undefined));
}
