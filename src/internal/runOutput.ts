import type { Subscriber } from 'rxjs';
import { awaitTeardown } from '../awaitTeardown.js';
import type { RunContext } from '../types.js';
import { isCleanStop } from './abortable.js';
import { registerTeardown, type Report } from './ambient.js';
import { inputOf } from './check.js';
import { failureOf } from './failures.js';
import { from, isObservable, Observable, throwError } from './rxjs.js';

/** An async iterator, or what reads a stream as one does. */
interface Steps {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  return?(): PromiseLike<unknown>;
}

/** What may come from `run` that is no Observable. */
interface Output {
  readonly then?: unknown;
  readonly [Symbol.iterator]?: unknown;
  [Symbol.asyncIterator]?(): Steps;
  getReader?(): ReadableStreamDefaultReader<unknown>;
}

/**
 * The values of what `run` returned, as an Observable that can be stopped and waited for. What can be unsubscribed, is;
 * of a promise or an async iterator RxJS itself would forget the work that is still going on.
 */
export function runOutput(where: string, output: unknown, context: RunContext): Observable<unknown> {
  const input = inputOf(output, where, "what 'run' returns");
  if (isObservable(input)) return input;
  const { then, getReader, [Symbol.asyncIterator]: iterate, [Symbol.iterator]: iterateNow } = input as Output;
  // a reader first: a stream's own iterator cannot be closed before the next chunk has come
  const steps = getReader ? readerSteps(getReader.call(input)) : iterate?.call(input);
  if (!then && !steps) return iterateNow ? iterated(input as Iterable<unknown>) : from(input);
  return new Observable((subscriber) => {
    let ended = false;
    let stopped: Report | undefined;
    const complete = (): void => {
      ended = true;
      if (stopped) stopped();
      else subscriber.complete();
    };
    const fail = (error: unknown): void => {
      ended = true;
      if (!stopped) subscriber.error(error);
      else if (!isCleanStop(context, error)) stopped(failureOf(error, 'run'));
      stopped?.();
    };
    subscriber.add(() => {
      if (ended) return;
      stopped = registerTeardown();
      awaitTeardown(async () => {
        try {
          await steps?.return?.();
        } catch (error: unknown) {
          if (!isCleanStop(context, error)) throw error;
        }
      });
    });
    const emitAll = async (): Promise<void> => {
      if (!steps) {
        const value = await (input as PromiseLike<unknown>);
        if (value !== undefined && !stopped) subscriber.next(value);
      }
      while (steps && !subscriber.closed) {
        const { done, value } = await steps.next();
        if (done) return;
        subscriber.next(value);
      }
    };
    emitAll().then(complete, fail);
  });
}

function readerSteps(reader: ReadableStreamDefaultReader<unknown>): Steps {
  return { next: () => reader.read(), return: () => reader.cancel() };
}

function iterated(iterable: Iterable<unknown>): Observable<unknown> {
  return new Observable((subscriber) => {
    try {
      for (const value of iterable) {
        subscriber.next(value);
        if (subscriber.closed) return;
      }
      subscriber.complete();
    } catch (error: unknown) {
      // a loop that is left closes its iterator, and that may throw
      tellError(subscriber, error);
    }
  });
}

/** Tells of an error, also where it comes when the subscriber has gone: RxJS would swallow it. */
export function tellError(subscriber: Subscriber<unknown>, error: unknown): void {
  if (subscriber.closed) awaitTeardown(throwError(() => error as Error));
  else subscriber.error(error);
}
