import type { Observable, Observer } from 'rxjs';
import { settle } from '../settle.js';
import { ambient, within, type ScopeOwner } from './ambient.js';
import { isPromise } from './check.js';
import { defer, from, isObservable, noop, of, take, throwIfEmpty } from './rxjs.js';

/**
 * Opens a resource and tells it: an Observable's first value, a promise's value, or the value itself. Completes when what has
 * brought it has been torn down; nobody unsubscribes it.
 */
export function acquisition<A>(
  where: string,
  acquire: () => Observable<A> | PromiseLike<A> | A,
  context: { readonly signal: AbortSignal },
  observer: Observer<A>,
  owner: ScopeOwner,
): void {
  const opening = defer(() => {
    const result = acquire();
    return isObservable(result) ? result : isPromise(result) ? from(result) : of(result);
  });
  const opened = opening.pipe(
    take(1),
    settle(),
    throwIfEmpty(() => {
      // a stop may well be what ended it
      const { signal } = context;
      return signal.aborted
        ? (signal.reason as unknown)
        : new TypeError(`${where}: 'acquire' completed without a resource`);
    }),
  );
  // detached: what opens the resource neither names a member nor makes it ready; but the way to its owner, who waits for it, goes
  // on: a stop from within it must not wait for itself
  const apart = { open: false, owner, reason: undefined, member: undefined, register: () => noop };
  // what comes at once is told outside of it
  const tell = (call: () => void): void => {
    if (ambient.scope === apart) within(undefined, call);
    else call();
  };
  within(apart, () =>
    opened.subscribe({
      next: (resource) => {
        tell(() => {
          observer.next(resource);
        });
      },
      error: (error: unknown) => {
        tell(() => {
          observer.error(error);
        });
      },
      complete: () => {
        tell(() => {
          observer.complete();
        });
      },
    }),
  );
}
