import type { Subscriber } from 'rxjs';
import { Observable, runner } from './imports.js';

/** When something ends by itself, and how it is stopped, or what is left of it when its end is known, and has been told. */
export type Hosted = readonly [ended: Promise<unknown>, stop: (isKnown: boolean) => void];

/** A runner of something that has an end of its own, and ends as that does. */
export function hosted<T>(name: string, open: (subscriber: Subscriber<T>, ready: () => void) => Hosted): Observable<T> {
  return runner({
    name,
    run: ({ ready }) =>
      new Observable<T>((subscriber) => {
        let isKnown = false;
        const [ended, stop] = open(subscriber, ready);
        const tell = (how: 'complete' | 'error') => (outcome: unknown) => {
          isKnown = true;
          subscriber[how](outcome);
        };
        ended.then(tell('complete'), tell('error'));
        return () => {
          stop(isKnown);
        };
      }),
  });
}
