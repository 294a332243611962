import { GraceExceededError, restart, runWhile } from 'rx-runner';
import { filter, map, startWith, switchMap, take, type Observable } from 'rxjs';
import { type LeaseSettings } from './LeaseSettings.js';

/** Does the work under the token of the lease, while this process has one. */
export function leaderOnly<T>(
  token: Observable<number | undefined>,
  { duration }: LeaseSettings,
  work: (token: number) => Observable<T>,
): Observable<T | undefined> {
  return token.pipe(
    filter((held) => held !== undefined),
    take(1),
    switchMap(work),
    // The last third of a lost lease is for the teardown. Who does not make it must not go on: then another one leads.
    runWhile(token.pipe(map((held) => held !== undefined)), { grace: duration / 3 }),
    restart({
      delay: duration / 10,
      limit: 10,
      within: 60_000,
      unless: (error) => error instanceof GraceExceededError,
    }),
    // it is ready also where it has nothing to do
    startWith(undefined),
  );
}
