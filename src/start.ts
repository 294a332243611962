import type { ObservableInput, Observer } from 'rxjs';
import { within } from './internal/ambient.js';
import { checkLifecycle } from './internal/check.js';
import { newRootLink } from './internal/rootLink.js';
import { unsubscription } from './internal/unsubscription.js';
import { settle } from './settle.js';
import { StopError } from './StopError.js';
import type { LifecycleObserver, RunReport } from './types.js';
import { from, noop } from './internal/rxjs.js';

declare global {
  // Declared here too: not every consumer has a library, or Node's types, that know it.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/**
 * A run in progress.
 *
 * @public
 */
export interface Run {
  /** Settles as the run ended, teardowns included: resolves after a completion or a clean stop, else rejects. */
  readonly done: Promise<void>;
  /**
   * Resolves when the run is ready: its runner said so, or every member of its group is, or it emitted its first value, or
   * it completed. Rejects with the failure, or the reason of the stop, if it ends first; that is never an unhandled rejection.
   */
  readonly ready: Promise<void>;
  /** Whether the run has ended, teardowns included. */
  readonly closed: boolean;
  /** Stops the run and waits for its teardowns; has the same outcome as `done`, whenever and however often it is called. */
  readonly stop: (reason?: unknown) => Promise<void>;
  /** How the run is right now, and each member of the groups in it. */
  readonly report: () => RunReport;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The options of `start`.
 *
 * @public
 */
export interface StartOptions {
  /** Is told what the groups of the run tell their own observers, with paths seen from the run. */
  readonly lifecycle?: LifecycleObserver;
}

// A browser may not have the symbol yet.
const asyncDispose: typeof Symbol.asyncDispose = ((Symbol as { asyncDispose?: symbol }).asyncDispose ??
  Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;

/**
 * Subscribes, and returns the run: something to stop and to wait for with promises.
 *
 * Where Observables end and promises begin: a `main`, a test, a framework's shutdown hook. `done` and `stop()` settle when
 * all teardowns have. They reject if the run, or a teardown, failed.
 *
 * ```
 * source     -a-b-c-d-
 * stop()     -----!
 * teardown        ---|
 * done       --------|
 * ```
 *
 * After `stop()` was called, or with an `error` observer, a failure is no unhandled rejection of `done` beside it.
 *
 * @example
 * ```ts
 * import { runner, start } from 'rx-runner';
 * import { interval } from 'rxjs';
 *
 * const ticks = runner({ run: () => interval(100), teardown: async () => console.log('torn down') });
 * const run = start(ticks, (tick) => console.log(tick));
 * setTimeout(() => void run.stop().then(() => console.log('stopped')), 350);
 * ```
 * @param source - a runner, a group, any `ObservableInput`
 * @param observer - an observer, or a function for the values
 * @param options - `lifecycle`: who is told of the members' lives
 * @returns the run
 * @throws TypeError if the source is no `ObservableInput`, or for a bad option
 * @public
 */
export function start<T>(
  source: ObservableInput<T>,
  observer: Partial<Observer<T>> | ((value: T) => void) = {},
  options: StartOptions = {},
): Run {
  const { lifecycle } = options;
  checkLifecycle('start', lifecycle);
  const observed: Partial<Observer<T>> = typeof observer === 'function' ? { next: observer } : observer;
  const done = deferred();
  const ready = deferred();
  const link = newRootLink(ready.resolve, lifecycle);
  let closed = false;
  let stopReason: StopError | undefined;
  // nobody need wait for it
  ready.promise.catch(noop);
  // who watches for errors hears of them there
  if (observed.error) done.promise.catch(noop);
  const outcome = {
    error: (error: unknown) => {
      closed = true;
      link.failed(error);
      ready.reject(error);
      done.reject(error);
    },
    complete: () => {
      closed = true;
      link.ended(!!stopReason);
      ready.reject(stopReason);
      done.resolve();
    },
  };
  const run = from(source).pipe(settle());
  // what the observer subscribes to is no part of the run
  const tell = (call: () => void): void => {
    within(undefined, call);
  };
  const subscription = within(link, () =>
    run.subscribe({
      next: (value) => {
        link.value();
        tell(() => observed.next?.(value));
      },
      error: (error: unknown) => {
        outcome.error(error);
        tell(() => observed.error?.(error));
      },
      complete: () => {
        outcome.complete();
        tell(() => observed.complete?.());
      },
    }),
  );
  const stop = async (reason?: unknown): Promise<void> => {
    if (!stopReason && !closed) {
      stopReason = new StopError({ cause: reason });
      // told to the caller
      done.promise.catch(noop);
      link.stopping();
      unsubscription(subscription, undefined, stopReason).subscribe(outcome);
    }
    return done.promise;
  };
  return {
    done: done.promise,
    ready: ready.promise,
    get closed() {
      return closed;
    },
    stop,
    report: link.report,
    [asyncDispose]: () => stop(),
  };
}

function deferred(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}
