import { Observable, type Unsubscribable } from 'rxjs';
import type { StopError } from '../StopError.js';
import type { Grace } from '../types.js';
import { SourceOwner } from './sourceOwner.js';

/** Unsubscribes within a scope of its own; completes when everything that this triggered has settled. */
export function unsubscription(subscription: Unsubscribable, grace?: Grace, reason?: StopError): Observable<never> {
  return new Observable<never>((subscriber) => {
    const owner = new SourceOwner<never>(subscriber, grace);
    owner.reason = reason;
    owner.run(
      new Observable((child) => {
        // as a finalizer, so that what it throws counts as every throwing finalizer does
        child.add(() => {
          subscription.unsubscribe();
        });
        child.complete();
      }),
    );
  });
}
