import type { ObservableInput, Observer, Subscription } from 'rxjs';
import { within } from './internal/ambient.js';
import { checkLifecycle } from './internal/check.js';
import { deferred, quiet, quietWhenStopped } from './internal/deferred.js';
import { newRootLink, type RootLink } from './internal/rootLink.js';
import { from } from './internal/rxjs.js';
import { unsubscription } from './internal/unsubscription.js';
import { runner } from './runner.js';
import { settle } from './settle.js';
import { StopError } from './StopError.js';
import type { LifecycleObserver, RunFunction, RunReport, RunResult, RunValue } from './types.js';

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
   * it completed. Rejects with the failure, or the reason of the stop, if it ends first; that is never an unhandled rejection, and that
   * it was stopped is none of `ready.then(…)` either.
   */
  readonly ready: Promise<void>;
  /** Whether the run has ended, teardowns included. */
  readonly closed: boolean;
  /** Stops the run and returns `done`, whenever and however often it is called, also from within the run. */
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
 * Runs a function, as `runner(run)` does, and returns the run.
 *
 * @public
 */
export function start<R extends RunResult>(
  run: RunFunction<R>,
  observer?: Partial<Observer<RunValue<R>>> | ((value: RunValue<R>) => void),
  options?: StartOptions,
): Run;
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
 * `stop()` returns `done`, so that a failure is handled where either of them is. What an `error` observer is told need not be: a stop
 * unsubscribes it. `stop()` may be called from within the run; to wait for it there is to wait for oneself.
 *
 * With `await using` the end of the block stops the run, and throws what it failed with, unless an `error` observer was told, or somebody
 * has asked before: by `done`, `stop()`, or `ready`, if it was not ready yet. So wait for what you ask for.
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
 * @param source - a runner, a group, any `ObservableInput`, or a run function
 * @param observer - an observer, or a function for the values
 * @param options - `lifecycle`: who is told of the members' lives
 * @returns the run
 * @throws TypeError if the source is neither, or for a bad option
 * @public
 */
export function start<T>(
  source: ObservableInput<T>,
  observer?: Partial<Observer<T>> | ((value: T) => void),
  options?: StartOptions,
): Run;
export function start(
  source: ObservableInput<unknown> | RunFunction,
  observer: Partial<Observer<unknown>> | ((value: unknown) => void) = {},
  options: StartOptions = {},
): Run {
  const { lifecycle } = options;
  checkLifecycle('start', lifecycle);
  const done = deferred();
  const ready = deferred();
  let isReady = false;
  let closed = false;
  // whether the failure is somebody's, who has asked for it or was told
  let isTold = false;
  let isReadyAskedFor = false;
  let stopReason: StopError | undefined;
  const link = newRootLink(() => {
    isReady = true;
    ready.resolve();
  }, lifecycle);
  // nobody need wait for it
  quiet(ready.promise);
  quietWhenStopped(ready.promise);
  const outcome = {
    error(error: unknown) {
      closed = true;
      link.failed(error);
      ready.reject(error);
      done.reject(error);
    },
    complete() {
      closed = true;
      link.ended(!!stopReason);
      ready.reject(stopReason);
      done.resolve();
    },
  };
  const told = (): void => {
    isTold = true;
    quiet(done.promise);
  };
  const subscription = within(link, subscribing(source, observer, link, outcome, told));
  const stop = (reason?: unknown): void => {
    if (stopReason || closed) return;
    stopReason = new StopError({ cause: reason });
    link.stopping();
    const stopping = unsubscription(subscription, undefined, stopReason);
    // whoever stops the run from within is waited for as the rest of it: their scope must not wait for itself
    within(undefined, () => stopping.subscribe(outcome));
  };
  const dispose = async (): Promise<void> => {
    stop();
    try {
      await done.promise;
    } catch (error: unknown) {
      if (!isTold && (isReady || !isReadyAskedFor)) throw error;
    }
  };
  return {
    get done() {
      isTold = true;
      return done.promise;
    },
    get ready() {
      isReadyAskedFor = true;
      return ready.promise;
    },
    get closed() {
      return closed;
    },
    stop(reason) {
      stop(reason);
      isTold = true;
      return done.promise;
    },
    report: link.report,
    get [asyncDispose]() {
      // `await using` reads it at once: the end of the block is who is told of a failure
      quiet(done.promise);
      return dispose;
    },
  };
}

/** Apart from what the run keeps: it lets go of the source and of the observer when it has ended. */
function subscribing(
  source: ObservableInput<unknown> | RunFunction,
  observer: Partial<Observer<unknown>> | ((value: unknown) => void),
  link: RootLink,
  outcome: Pick<Observer<unknown>, 'error' | 'complete'>,
  told: () => void,
): () => Subscription {
  const observed = typeof observer === 'function' ? { next: observer } : observer;
  const run = from(typeof source === 'function' ? runner(source) : source).pipe(settle());
  // what the observer subscribes to is no part of the run
  const tell = (call: () => void): void => {
    within(undefined, call);
  };
  return () =>
    run.subscribe({
      next(value) {
        link.value();
        tell(() => observed.next?.(value));
      },
      error(error: unknown) {
        outcome.error(error);
        if (observed.error) told();
        tell(() => observed.error?.(error));
      },
      complete() {
        outcome.complete();
        tell(() => observed.complete?.());
      },
    });
}
