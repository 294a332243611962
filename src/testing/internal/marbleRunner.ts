import { Observable, tap } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { runner, type RunnerDefinition, type TeardownContext } from '../../index.js';
import type { TeardownLog } from './teardownLog.js';

/** One subscription of a cold Observable, as RxJS logs it. */
export type SubscriptionLog = ReturnType<RunHelpers['cold']>['subscriptions'][number];

/**
 * A runner from marbles.
 *
 * @public
 */
export interface MarbleRunner<T> extends Observable<T> {
  /** When its run was subscribed and unsubscribed, for `expectSubscriptions`. */
  readonly subscriptions: ReturnType<RunHelpers['cold']>['subscriptions'];
  /** When its teardown began and ended, for `expectTeardowns`. */
  readonly teardowns: readonly TeardownLog[];
}

/**
 * The options of a runner from marbles.
 *
 * @public
 */
export interface MarbleRunnerOptions<T> {
  /** The runner's own name. */
  readonly name?: string;
  /** How long its teardown takes, and how it ends: `'--|'`, or `'--#'` where it fails. Default: it has none. */
  readonly teardown?: string;
  /** What the teardown fails with; default: `'error'`. */
  readonly teardownError?: unknown;
  /** How long it takes until it calls `ready()`: `'--|'`. Its first value is its readiness all the same. */
  readonly ready?: string;
  /** What the letters stand for; default: themselves. */
  readonly values?: Readonly<Record<string, T>>;
  /** What `#` stands for; default: `'error'`. */
  readonly error?: unknown;
}

/** A run that is cold marbles, and a teardown that is, too. */
export function marbleRunner<T>(
  cold: RunHelpers['cold'],
  now: () => number,
  marbles: string,
  options: MarbleRunnerOptions<T>,
): MarbleRunner<T> {
  const { name, teardown, teardownError, ready, values, error } = options;
  const source = cold<T>(marbles, values, error);
  const work = teardown === undefined ? undefined : cold(teardown, undefined, teardownError);
  const readiness = ready === undefined ? undefined : cold(ready);
  const teardowns: TeardownLog[] = [];
  const definition: RunnerDefinition<Observable<T>> = {
    ...(name !== undefined && { name }),
    run: (context) => (readiness ? alongside(source, readiness, context.ready) : source),
    ...(work && { teardown: (context) => logged(work, context, now, teardowns) }),
  };
  return Object.assign(runner(definition), { subscriptions: source.subscriptions, teardowns });
}

/** The source, and until it is unsubscribed something that takes its own time. */
function alongside<T>(source: Observable<T>, other: Observable<unknown>, complete: () => void): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.add(other.pipe(tap({ complete })).subscribe());
    source.subscribe(subscriber);
  });
}

function logged(
  work: Observable<unknown>,
  { signal }: TeardownContext,
  now: () => number,
  teardowns: TeardownLog[],
): Observable<unknown> {
  const log = { startedFrame: now(), endedFrame: Infinity, failed: false };
  teardowns.push(log);
  const end = (failed: boolean): void => {
    // left behind: nobody waits for its end any longer
    if (!signal.aborted) Object.assign(log, { endedFrame: now(), failed });
  };
  return work.pipe(
    tap({
      error: () => {
        end(true);
      },
      complete: () => {
        end(false);
      },
    }),
  );
}
