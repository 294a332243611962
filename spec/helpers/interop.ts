import type { InteropObservable, Observable, Subscription } from 'rxjs';

/** Which key RxJS asks for: the symbol, where something has polyfilled it. */
const key = (Symbol as { observable?: symbol }).observable ?? '@@observable';

/**
 * The same values as an observable of another library: all it shares with RxJS is the interoperability point, and it
 * knows nothing of the subscriber behind the observer that it is given.
 */
export function asInterop<T>(source: Observable<T>): InteropObservable<T> {
  const foreign = {
    subscribe(observer: { next(value: T): void; error(error: unknown): void; complete(): void }) {
      const subscription: Subscription = source.subscribe({
        next: (value) => observer.next(value),
        error: (error: unknown) => observer.error(error),
        complete: () => observer.complete(),
      });
      return { unsubscribe: () => subscription.unsubscribe() };
    },
  };
  return { [key]: () => foreign } as unknown as InteropObservable<T>;
}
