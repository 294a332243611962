import { finalize, Subject, type Observable } from 'rxjs';
import { finalizeAsync, runner } from '../../../src/index.js';

/** A runner whose values and teardowns are in the hands of the test, and that counts how many of it are alive. */
export interface Probe<T> {
  readonly source: Observable<T>;
  /** The values, completion or error of whichever run is alive. */
  readonly values: Subject<T>;
  /** The teardowns that have begun, to be completed, or to fail. */
  readonly teardowns: readonly Subject<void>[];
  readonly alive: { now: number; most: number; started: number };
}

export function probe<T = string>(): Probe<T> {
  const values = new Subject<T>();
  const teardowns: Subject<void>[] = [];
  const alive = { now: 0, most: 0, started: 0 };
  const source = runner((): Observable<T> => {
    alive.started++;
    alive.now++;
    alive.most = Math.max(alive.most, alive.now);
    return values.pipe(
      finalizeAsync(() => {
        const teardown = new Subject<void>();
        teardowns.push(teardown);
        return teardown.pipe(
          finalize(() => {
            alive.now--;
          }),
        );
      }),
    );
  });
  return { source, values, teardowns, alive };
}
