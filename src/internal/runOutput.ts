import { EMPTY, from, isObservable, Observable, } from 'rxjs';
import { awaitTeardown } from '../awaitTeardown.js';
import type { RunContext } from '../types.js';
import { invalid } from './invalid.js';
import { isObservableInput } from './observableInput.js';
import { isCleanStop } from './runContext.js';

/**
 * The values of what `run` returned, as an Observable that can be stopped and waited for. What can be unsubscribed is
 * passed on as it is; for a promise and for an iterator, `from()` would forget the work that is still going on.
 */
export function runOutput(where: string, result: unknown, context: RunContext): Observable<unknown> {
  if (result === undefined) return EMPTY;
  if (!isObservableInput(result)) throw invalid(where, "what 'run' returns", 'an ObservableInput or nothing', result);
  if (isObservable(result)) return result;
  const { then, [Symbol.asyncIterator]: iterate, [Symbol.iterator]: iterateNow, getReader } = result as AnyInput;
  if (then) return fromPromise(result as PromiseLike<unknown>, context);
  if (iterate) return fromAsyncIterator(() => iterate.call(result), context);
  if (getReader) return fromAsyncIterator(() => readerAsIterator(getReader.call(result)), context);
  return iterateNow ? fromIterable(result as Iterable<unknown>) : from(result);
}

interface AnyInput {
  readonly then?: unknown;
  readonly getReader?: () => ReadableStreamDefaultReader<unknown>;
  readonly [Symbol.iterator]?: unknown;
  readonly [Symbol.asyncIterator]?: () => AsyncIterator<unknown>;
}

function fromPromise(promise: PromiseLike<unknown>, context: RunContext): Observable<unknown> {
  return new Observable((subscriber) => {
    let settled = false;
    promise.then(
      (value) => {
        settled = true;
        if (value !== undefined) subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => {
        settled = true;
        subscriber.error(error);
      },
    );
    subscriber.add(() => {
      if (!settled) awaitTeardown(stopped(promise, context));
    });
  });
}

function fromAsyncIterator(
  open: () => AsyncIterator<unknown>,
  context: RunContext,
): Observable<unknown> {
  return new Observable((subscriber) => {
    const iterator = open();
    let ended = false;
    let pulled: PromiseLike<unknown> | undefined;
    const pull = (): void => {
      const next = iterator.next();
      pulled = next;
      next.then(
        ({ done, value }) => {
          pulled = undefined;
          ended = done === true;
          if (ended) subscriber.complete();
          else subscriber.next(value);
          if (!subscriber.closed) pull();
        },
        (error: unknown) => {
          pulled = undefined;
          ended = true;
          subscriber.error(error);
        },
      );
    };
    subscriber.add(() => {
      if (ended) return;
      if (pulled) awaitTeardown(stopped(pulled, context));
      awaitTeardown(() => {
        const returned = iterator.return?.();
        return returned && stopped(returned, context);
      });
    });
    pull();
  });
}

function fromIterable(iterable: Iterable<unknown>): Observable<unknown> {
  return new Observable((subscriber) => {
    try {
      for (const value of iterable) {
        subscriber.next(value);
        if (subscriber.closed) return;
      }
    } catch (error: unknown) {
      // the loop calls `return()` of an iterator that it leaves: what that throws has no subscriber any more
      if (subscriber.closed) awaitTeardown(() => { throw error; });
      else subscriber.error(error);
    }
    subscriber.complete();
  });
}

async function stopped(promise: PromiseLike<unknown>, context: RunContext): Promise<void> {
  try {
    await promise;
  } catch (error: unknown) {
    if (!isCleanStop(context, error)) throw error;
  }
}

// Where a stream is no async iterable yet, as in Safari.
function readerAsIterator(reader: ReadableStreamDefaultReader<unknown>): AsyncIterator<unknown> {
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
