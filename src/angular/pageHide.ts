import { fromEvent, NEVER, take, type Observable } from 'rxjs';
import { runner } from '../index.js';

export function pageHide(): Observable<PageTransitionEvent> {
  return runner({
    name: 'pageHide',
    run: ({ ready }) => {
      ready();
      if (typeof window === 'undefined') return NEVER;
      return fromEvent<PageTransitionEvent>(window, 'pagehide').pipe(take(1));
    },
  });
}
