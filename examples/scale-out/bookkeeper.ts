import { runner, withResource } from 'rx-runner';
import { exhaustMap, merge, Observable, timer } from 'rxjs';
import { Books } from './Books.js';
import { type LeaseSettings } from './LeaseSettings.js';

/** Keeps the books under a leader's token, twice a second. It must not run twice at once. */
export function bookkeeper(databaseUrl: string, settings: LeaseSettings, token: number): Observable<void> {
  return withResource({
    acquire: () => Books.open(databaseUrl, settings, token),
    use: (books) =>
      merge(
        new Observable<never>((subscriber) => books.onLost((error) => subscriber.error(error))),
        // each update is a runner: one that is under way at the stop has ended before the books are closed
        timer(500, 500).pipe(exhaustMap(() => runner(() => books.update()))),
      ),
    release(books, { signal }) {
      signal.addEventListener('abort', () => books.disconnect(), { once: true });
      return books.close();
    },
  });
}
