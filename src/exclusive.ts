import type { MonoTypeOperatorFunction } from 'rxjs';
import { AlreadyRunningError } from './AlreadyRunningError.js';
import { within, type TeardownScope } from './internal/ambient.js';
import { check } from './internal/check.js';
import { Owner } from './internal/owner.js';
import { Observable } from './internal/rxjs.js';

/**
 * The options of `exclusive`.
 *
 * @public
 */
export interface ExclusiveOptions {
  /** Whether a second subscription waits for its turn; default: false, it errs. */
  readonly wait?: boolean;
}

/**
 * Lets the source run once at a time: a second subscription errs until the first one's teardown has settled, or waits for that.
 *
 * For what must not run twice: a migration, the only writer of a file. The state belongs to the one Observable that the
 * operator returns; piped again, it is another one.
 *
 * ```
 * first                     -a-b-!
 * teardown                       --|
 * second                        #
 * third                             -a-b-
 * second, `wait: true`              -a-b-
 * ```
 *
 * It emits, completes and errs as the source does, when its teardown has settled. With `wait: true` they come one after another, in
 * the order of their subscriptions, each when the teardown of the one before has settled: for components that are created anew
 * before their predecessors are gone. Who leaves while it waits is never started.
 *
 * @example
 * ```ts
 * import { exclusive, runner } from 'rx-runner';
 * import { NEVER } from 'rxjs';
 *
 * const writer = runner(() => NEVER).pipe(exclusive());
 * writer.subscribe();
 * writer.subscribe({ error: (error) => console.log(String(error)) });
 * // AlreadyRunningError: it is already running, or being torn down
 * ```
 * @param options - `wait`: whether a second subscription waits, in place of an error
 * @returns an operator that passes the source on
 * @throws TypeError for a bad `wait`
 * @public
 */
export function exclusive<T>({ wait = false }: ExclusiveOptions = {}): MonoTypeOperatorFunction<T> {
  check(typeof wait === 'boolean', 'exclusive', "'wait'", 'true or false', wait);
  return (source) => {
    let running = false;
    let starting = false;
    const waiting = new Map<Owner, () => void>();
    // a loop: sources that end while they are being subscribed would not fit on the stack
    const startNext = (): void => {
      if (starting) return;
      starting = true;
      for (const [owner, start] of waiting) {
        if (running) break;
        // a group that stops starts nothing, though it has not told this one yet
        if (isStopping(owner.home)) continue;
        waiting.delete(owner);
        start();
      }
      starting = false;
    };
    return new Observable<T>((subscriber) => {
      if (running && !wait) throw new AlreadyRunningError();
      const owner = new Owner(subscriber);
      subscriber.add(owner);
      const child = owner.child();
      const start = (): void => {
        running = true;
        owner.released = () => {
          running = false;
          // else when its end has been told
          if (subscriber.closed) startNext();
        };
        // where it was subscribed, not where the one before has ended
        within(owner.home, () => {
          owner.run(source, child);
        });
      };
      if (!wait) {
        start();
        return;
      }
      waiting.set(owner, start);
      subscriber.add(() => {
        // its turn never comes; one that was closed before has not been told yet
        if (waiting.delete(owner)) child.stop();
        else startNext();
      });
      startNext();
    });
  };
}

/** Whether the group of a member, or one around that, stops. */
function isStopping(home: TeardownScope | undefined): boolean {
  const member = home?.member;
  return !!member && (!!member.reason || isStopping(member.owner.home));
}
