import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Observable } from 'rxjs';
import { check, isName } from './internal/check.js';
import { hosted } from './internal/hosted.js';
import { onAbort } from './internal/onAbort.js';
import { WorkerThreadError } from './WorkerThreadError.js';
import { awaitTeardown } from './internal/imports.js';

/**
 * The options of {@link workerThread}: those of Node's `Worker`, but for its streams, and how the worker is told to stop.
 *
 * @public
 */
export interface WorkerThreadOptions extends Omit<WorkerOptions, 'stderr' | 'stdin' | 'stdout'> {
  /** Is posted to the worker at the stop, and the worker ends by itself; without it, it is terminated at once. */
  readonly stopMessage?: unknown;
}

/**
 * Runs a file in a worker thread, and emits the messages that it posts.
 *
 * Told to stop, the worker gets `stopMessage`, and is waited for; when the grace period of whoever waits is over, it is terminated.
 * Without a `stopMessage` there is no way to tell it, so it is terminated at once, and that is waited for.
 *
 * ```
 * worker's messages  -a-b-c-
 * unsub              -----!
 * until it exited         --|
 * ```
 *
 * It is ready when the worker is online, and completes when the worker exits with code 0. It errs with what the worker did not
 * catch, with a {@link WorkerThreadError} when it exits with another code, and with the error of a message that cannot be read.
 *
 * @example
 * ```ts
 * import { group, interrupt } from 'rx-runner';
 * import { workerThread } from 'rx-runner/node';
 *
 * // worker.js: parentPort.on('message', (message) => { if (message === 'stop') parentPort.close(); });
 * const worker = workerThread<number>(new URL('worker.js', import.meta.url), { stopMessage: 'stop' });
 * group({ interrupt: interrupt(), worker }, { grace: 5_000 }).subscribe((value) => console.log(value));
 * ```
 * @typeParam T - what the worker posts, which nobody checks
 * @param file - a path, absolute or beginning with a dot, or a `file:` URL
 * @param options - see {@link WorkerThreadOptions}
 * @returns a cold Observable: each subscription starts a worker of its own
 * @throws TypeError for what is no file name; a `DataCloneError` for a stop message that cannot be posted
 * @public
 */
export function workerThread<T = unknown>(file: string | URL, options: WorkerThreadOptions = {}): Observable<T> {
  const { stopMessage, ...workerOptions } = options;
  check(file instanceof URL || isName(file), where, 'the file', 'a path or a URL', file);
  // throws at once for what cannot be posted
  structuredClone(stopMessage);
  return hosted<T>(where, (subscriber, ready) => {
    // one that nobody can tell, or that is broken, and thus stopped by nobody, so that there is no grace period
    let mustBeTerminated = stopMessage === undefined;
    const worker = new Worker(file, workerOptions)
      .once('online', ready)
      .on('message', (message: T) => {
        subscriber.next(message);
      })
      .on('messageerror', (error) => {
        mustBeTerminated = true;
        subscriber.error(error);
      });
    const ended = endOf(worker);
    const stop = (isKnown: boolean): void => {
      if (isKnown) return;
      awaitTeardown(({ signal }) => {
        let isTerminated = false;
        const terminate = (): void => {
          isTerminated = true;
          void worker.terminate();
        };
        onAbort(signal, terminate);
        if (mustBeTerminated) terminate();
        else worker.postMessage(stopMessage);
        return ended.catch((error: unknown) => {
          // its exit code is that of one that was terminated
          if (!isTerminated || !(error instanceof WorkerThreadError)) throw error;
        });
      });
    };
    return [ended, stop];
  });
}

const where = 'workerThread';

/** Settles when the thread is gone: not with its uncaught error, at which it is still there. */
function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    let fail = (exitCode: number): void => {
      reject(new WorkerThreadError(exitCode));
    };
    worker
      .once('error', (uncaught) => {
        fail = () => {
          reject(uncaught);
        };
      })
      .once('exit', (exitCode) => {
        if (exitCode) fail(exitCode);
        else resolve();
      });
  });
}
