import type { MonoTypeOperatorFunction } from 'rxjs';
import type { FinalizeKind, TeardownContext } from '../types.js';
import { Owner } from './owner.js';
import { Observable } from './rxjs.js';
import { awaitWork } from './teardownWork.js';

/**
 * Calls back once, when the source has ended and settled, and waits for what that returns; when the grace period is over before,
 * then, if it `isDue`: nobody can wait for its turn any longer. Tells when that has `settled`, however late.
 */
export function finalizing<T>(
  where: string,
  callback: (kind: FinalizeKind, context: TeardownContext) => unknown,
  isDue = (): boolean => true,
  settled?: () => void,
): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable<T>((subscriber) => {
      const owner = new Owner(subscriber);
      subscriber.add(owner);
      const child = owner.child();
      let called = false;
      owner.released = () => {
        if (called) return;
        called = true;
        const kind = child.stopped ? 'unsubscribe' : child.erred ? 'error' : 'complete';
        // in a scope of its own, and only then the end
        owner.child().call({
          subscribe(finalizer) {
            awaitWork(where, (context) => callback(kind, context), settled);
            finalizer.complete();
          },
        });
      };
      owner.givenUp = () => {
        if (isDue()) owner.released?.();
      };
      owner.run(source, child);
    });
}
