import type { LifecycleEvent, LifecycleObserver } from '../types.js';
import { reportUnhandledError } from './reportUnhandledError.js';

/** An observer that throws never harms what it observes. */
export function tryToTell(observer: LifecycleObserver, event: LifecycleEvent): void {
  try {
    observer.next(event);
  } catch (error: unknown) {
    reportUnhandledError(error);
  }
}
