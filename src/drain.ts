import { endWith, type Observable, type Unsubscribable } from 'rxjs';
import { checkGrace } from './internal/checkGrace.js';
import { invalid } from './internal/invalid.js';
import { unsubscription } from './internal/unsubscription.js';
import type { GraceOptions } from './types.js';

export function drain(subscription: Unsubscribable, options: GraceOptions = {}): Observable<void> {
  const { grace } = checkGrace('drain', options);
  if (typeof (subscription as Partial<Unsubscribable> | undefined)?.unsubscribe !== 'function') {
    throw invalid('drain', 'the subscription', 'something with an `unsubscribe` method', subscription);
  }
  return unsubscription(subscription, grace).pipe(endWith(undefined));
}
