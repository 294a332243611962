import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { check, checkGrace, isInput } from './internal/check.js';
import { Series } from './internal/series.js';
import type { GraceOptions } from './types.js';
import { from, Observable } from './internal/rxjs.js';

/**
 * Runs the source while a condition is true, and stops it, awaited, while it is false.
 *
 * With it one member of a running group is switched off and on again: give it a `BehaviorSubject`. The source never runs
 * twice at once: what is switched on while it is still being torn down starts afterwards, and only if the condition is still
 * true then.
 *
 * ```
 * condition   t-----f-----t----
 * source      -a-b-c-d-e-
 * teardown          --|
 * runWhile    -a-b-c-------a-b-
 * ```
 *
 * It emits what the source emits. When the source completes, it completes. When the condition completes while it is true, the
 * run goes on to its end; while it is false, the result completes. An error of the source, of a teardown or of the condition
 * stops everything, and is passed on when all is torn down.
 *
 * @example
 * ```ts
 * import { group, runner, runWhile } from 'rx-runner';
 * import { BehaviorSubject, interval } from 'rxjs';
 *
 * const enabled$ = new BehaviorSubject(true);
 * const poller = runner({ run: () => interval(100), teardown: async () => console.log('poller is down') });
 * group({ poller: poller.pipe(runWhile(enabled$)) }).subscribe();
 * enabled$.next(false); // stops it, and nothing else
 * enabled$.next(true); // starts it, when the teardown has settled
 * ```
 * @param condition - says whether the source is to run; until its first value it is not
 * @param options - `grace`: how long a teardown is waited for
 * @throws TypeError for a condition that is no `ObservableInput`, or a bad `grace`
 * @public
 */
export function runWhile<T>(
  condition: ObservableInput<boolean>,
  options: GraceOptions = {},
): MonoTypeOperatorFunction<T> {
  check(isInput(condition), 'runWhile', 'the condition', 'an ObservableInput', condition);
  checkGrace('runWhile', options);
  return (source) =>
    new Observable<T>((subscriber) => {
      const owner = new Series(subscriber, options, true);
      subscriber.add(owner);
      let running = false;
      const wishes = owner.child((wanted: boolean) => {
        if (!wanted === !running) return;
        running = !running;
        owner.runInstead(running ? source : undefined);
      });
      owner.run(from(condition), wishes);
    });
}
