import { noop, Observable, throwError } from 'rxjs';
import { drain, type LifecycleEvent } from '../../index.js';
import { within } from '../../internal/ambient.js';
import { RootLink } from '../../internal/rootLink.js';

/** One run of a source in virtual time, with the events of the groups in it. */
export interface VirtualRun<T> {
  /** To be subscribed once; as the source is, to the frame. */
  readonly result: Observable<T>;
  readonly events: readonly LifecycleEvent[];
  /** Somebody compares the events: a member that fails in its teardown is seen there, and need not be unhandled. */
  watched: boolean;
}

/** Prepares a run whose lifecycle is recorded. Not by `start`: it would hold the end back until all has settled. */
export function newVirtualRun<T>(source: Observable<T>): VirtualRun<T> {
  const events: LifecycleEvent[] = [];
  const link = new RootLink(noop, { next: (event) => events.push(event) });
  const run: VirtualRun<T> = {
    events,
    watched: false,
    result: new Observable((subscriber) => {
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
        if (ended) return;
        drain(subscription).subscribe({
          error: (error: unknown) => {
            if (!run.watched || !isOfMembers(error)) throwError(() => error as Error).subscribe();
          },
        });
      };
    }),
  };
  return run;
}

/** Whether all that failed are members, whose rows tell of it. */
function isOfMembers(error: unknown): boolean {
  const { failures = [] } = error as { failures?: readonly { readonly path: readonly string[] }[] };
  return failures.length > 0 && failures.every(({ path }) => path.length > 0);
}
