import { from, noop, type ObservableInput, type Observer } from 'rxjs';
import { detached } from './detached.js';
import { unsubscription } from './internal/unsubscription.js';
import { settle } from './settle.js';
import { StopError } from './StopError.js';

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
  /** Whether the run has ended, teardowns included. */
  readonly closed: boolean;
  /** Stops the run and waits for its teardowns; has the same outcome as `done`, whenever and however often it is called. */
  readonly stop: (reason?: unknown) => Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
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
 * @returns the run
 * @throws TypeError if the source is no `ObservableInput`
 * @public
 */
export function start<T>(source: ObservableInput<T>, observer: Partial<Observer<T>> | ((value: T) => void) = {}): Run {
  const observed: Partial<Observer<T>> = typeof observer === 'function' ? { next: observer } : observer;
  let closed = false;
  let stopping = false;
  let outcome!: Pick<Observer<T>, 'error' | 'complete'>;
  const done = new Promise<void>((resolve, reject) => {
    outcome = {
      error: (error) => {
        closed = true;
        reject(error as Error);
      },
      complete: () => {
        closed = true;
        resolve();
      },
    };
  });
  // who watches for errors hears of them there
  if (observed.error) done.catch(noop);
  const subscription = detached(() =>
    from(source)
      .pipe(settle())
      .subscribe({
        next: (value) => observed.next?.(value),
        error: (error: unknown) => {
          outcome.error(error);
          observed.error?.(error);
        },
        complete: () => {
          outcome.complete();
          observed.complete?.();
        },
      }),
  );
  const stop = async (reason?: unknown): Promise<void> => {
    if (!stopping && !closed) {
      stopping = true;
      // told to the caller
      done.catch(noop);
      unsubscription(subscription, undefined, new StopError({ cause: reason })).subscribe(outcome);
    }
    return done;
  };
  return {
    done,
    get closed() {
      return closed;
    },
    stop,
    [asyncDispose]: () => stop(),
  };
}
