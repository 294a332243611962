import { catchError, EMPTY, noop, Observable, type Subscription } from 'rxjs';
import { drain, type LifecycleEvent } from '../../index.js';
import { within } from '../../internal/ambient.js';
import { newRootLink } from '../../internal/rootLink.js';

/** One run of a source in virtual time, with the events of the groups in it. */
export interface VirtualRun<T> {
  /** To be subscribed once; it is as the source is, to the frame. */
  readonly result: Observable<T>;
  readonly events: readonly LifecycleEvent[];
  /** Somebody compares the events, which tell of each member that fails in its teardown. */
  watched: boolean;
}

/** Prepares a run whose lifecycle is recorded. Not by `start`: that would hold the end back until all has settled. */
export function newVirtualRun<T>(source: Observable<T>): VirtualRun<T> {
  const events: LifecycleEvent[] = [];
  const link = newRootLink(noop, { next: (event) => events.push(event) });
  const result = new Observable<T>((subscriber) => {
    let ended = false;
    const subscription = within(link, () =>
      source.subscribe({
        next: (value) => {
          subscriber.next(value);
        },
        error: (error: unknown) => {
          ended = true;
          subscriber.error(error);
        },
        complete: () => {
          ended = true;
          subscriber.complete();
        },
      }),
    );
    return () => {
      if (!ended) stop(subscription, run);
    };
  });
  const run: VirtualRun<T> = { result, events, watched: false };
  return run;
}

/** Unsubscribes; what fails then, and no row tells of, nobody has handled. */
function stop(subscription: Subscription, run: VirtualRun<unknown>): void {
  drain(subscription)
    .pipe(
      catchError((error: unknown) => {
        if (run.watched && isOfMembers(error)) return EMPTY;
        throw error;
      }),
    )
    .subscribe();
}

/** Whether all that failed are members. */
function isOfMembers(error: unknown): boolean {
  const { failures = [] } = error as { failures?: readonly { readonly path: readonly string[] }[] };
  return failures.length > 0 && failures.every(({ path }) => path.length > 0);
}
