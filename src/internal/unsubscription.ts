import type { Unsubscribable } from 'rxjs';
import type { StopError } from '../StopError.js';
import type { GraceOptions } from '../types.js';
import { currentScope } from './ambient.js';
import { Owner } from './owner.js';
import { Observable } from './rxjs.js';

/** Unsubscribes within a scope of its own; completes when everything that this triggered has settled. */
export function unsubscription(
  subscription: Unsubscribable,
  options?: GraceOptions,
  reason?: StopError,
): Observable<never> {
  return new Observable<never>((subscriber) => {
    const owner = new Owner(subscriber, options, reason);
    subscriber.add(owner);
    // before it may be unsubscribed itself: what it unsubscribes may be what waits for it
    owner.waiter = currentScope();
    owner.run({
      subscribe(child) {
        // as a finalizer, so that what it throws counts as every throwing finalizer does
        child.add(() => {
          subscription.unsubscribe();
        });
        child.complete();
      },
    });
  });
}
