import { catchError, defer, finalize, Observable, of, type MonoTypeOperatorFunction } from 'rxjs';
import { awaitTeardown, type RunGroupError } from '../../src/index.js';

/** Gives a source a teardown that is awaited, however it ends. */
export function tearingDown<T>(work: Parameters<typeof awaitTeardown>[0]): MonoTypeOperatorFunction<T> {
  return finalize(() => awaitTeardown(work));
}

/** Gives a source a finalizer that throws. */
export function failingToTearDown<T>(error: unknown): MonoTypeOperatorFunction<T> {
  return finalize(() => {
    throw error;
  });
}

/** Fails at once, with anything. */
export function failing(error: unknown): Observable<never> {
  return new Observable((subscriber) => subscriber.error(error));
}

/** Emits the failures of a `RunGroupError`, or the error itself, so that a marble can stand for them. */
export const failures: <T>(source: Observable<T>) => Observable<unknown> = catchError((error: unknown) =>
  of((error as Partial<RunGroupError>).failures ?? error),
);

/** Counts how many are alive at once: each from its subscription until its teardown has settled. */
export class Census {
  alive = 0;
  most = 0;
  born = 0;

  /** One more, whose teardown takes as long as `teardown`. */
  count<T>(source: Observable<T>, teardown: Observable<unknown>): Observable<T> {
    return defer(() => {
      this.born++;
      this.alive++;
      this.most = Math.max(this.most, this.alive);
      return source.pipe(
        tearingDown(
          teardown.pipe(
            finalize(() => {
              this.alive--;
            }),
          ),
        ),
      );
    });
  }
}
