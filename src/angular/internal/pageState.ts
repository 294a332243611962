import { defer, distinctUntilChanged, fromEvent, map, merge, NEVER, startWith, type Observable } from 'rxjs';

/** What `read` says now, and whenever an event says that it may have changed; where there is no target, nothing ever. */
export function pageState(
  target: () => EventTarget | undefined,
  events: readonly string[],
  read: () => boolean,
): Observable<boolean> {
  return defer(() => {
    const found = target();
    if (!found) return NEVER;
    return merge(...events.map((event) => fromEvent(found, event))).pipe(
      startWith(undefined),
      map(read),
      distinctUntilChanged(),
    );
  });
}
