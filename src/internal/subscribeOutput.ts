import { isCleanStop } from './abortable.js';
import { inputOf, isPromise, isRunnable } from './check.js';
import { goOn, type RunInProgress } from './runnerOf.js';
import { from, isObservable } from './rxjs.js';
import { awaitWork } from './teardownWork.js';
import { failFinalizers, failRun, uncut } from './uncut.js';

/** An async iterator, or what reads a stream as one does. */
interface Steps {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  return?(): PromiseLike<unknown>;
}

/**
 * Has a run go on with what its function returned (`what` says which), so that it can be stopped and waited for. What can be
 * unsubscribed, is; of a promise or an async iterator RxJS itself would forget the work that is still going on.
 */
export function subscribeOutput(where: string, what: string, output: unknown, run: RunInProgress): void {
  const { child, readiness } = run;
  const input = inputOf(output, where, what);
  // of a promise not: to ask for an iterator is to begin
  const steps = isPromise(input) ? undefined : stepsOf(input);
  if (isPromise(input)) followRun(where, what, input, run);
  else if (steps) followSteps(where, steps, run);
  else if (Symbol.iterator in input) iterate(input as Iterable<unknown>, run);
  else
    readiness.lend(() => {
      try {
        from(input).subscribe(child);
      } catch (error: unknown) {
        failFinalizers(error);
      }
    });
}

/** Emits what a promise brings, or runs it in place of the promise, where it is something to be run. */
function followRun(where: string, what: string, promise: PromiseLike<unknown>, run: RunInProgress): void {
  const { child, context } = run;
  const end = uncut(child, context);
  Promise.resolve(promise).then((value) => {
    if (!isRunnable(value)) {
      if (value !== undefined && !end.isAwaited()) child.next(value);
      end.complete();
    } else if (end.isAwaited()) {
      // it is not begun any more, and what it holds is let go
      Promise.resolve(value)
        .then((late) => stepsOf(late)?.return?.())
        .then(end.complete, end.fail);
    } else {
      end.passOn();
      goOn(run, () => {
        subscribeOutput(where, what, value, run);
      });
    }
  }, end.fail);
}

function followSteps(where: string, steps: Steps, { child, context }: RunInProgress): void {
  const end = uncut(child, context, () => {
    awaitWork(where, async () => {
      try {
        await steps.return?.();
      } catch (error: unknown) {
        if (!isCleanStop(context, error)) throw error;
      }
    });
  });
  const emitAll = async (): Promise<void> => {
    while (!child.closed) {
      const { done, value } = await steps.next();
      if (done) return;
      child.next(value);
    }
  };
  emitAll().then(end.complete, end.fail);
}

function iterate(iterable: Iterable<unknown>, { child, context }: RunInProgress): void {
  try {
    for (const value of iterable) {
      child.next(value);
      if (child.closed) return;
    }
    child.complete();
  } catch (error: unknown) {
    // a loop that is left closes its iterator, and that may throw
    failRun(child, context, error);
  }
}

/** An Observable has none, though it may be async iterable as well. */
function stepsOf(input: unknown): Steps | undefined {
  if (isObservable(input)) return undefined;
  const { getReader, [Symbol.asyncIterator]: iterate } = input as {
    getReader?(): ReadableStreamDefaultReader<unknown>;
    [Symbol.asyncIterator]?(): Steps;
  };
  // a reader first: a stream's own iterator cannot be closed before the next chunk has come
  const reader = getReader?.call(input);
  return reader ? { next: () => reader.read(), return: () => reader.cancel() } : iterate?.call(input);
}
