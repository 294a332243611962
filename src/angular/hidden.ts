import type { Observable } from 'rxjs';
import { pageState } from './internal/pageState.js';

export function hidden(): Observable<boolean> {
  return pageState(
    () => (typeof document === 'undefined' ? undefined : document),
    ['visibilitychange'],
    () => document.visibilityState === 'hidden',
  );
}
