import type { Observable } from 'rxjs';
import { pageState } from './internal/pageState.js';

export function offline(): Observable<boolean> {
  return pageState(
    () => (typeof window === 'undefined' ? undefined : window),
    ['online', 'offline'],
    () => !navigator.onLine,
  );
}
