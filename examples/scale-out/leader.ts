import { type KV, type NatsConnection } from 'nats';
import { exponentialBackoff, restart, switchRun, withResource } from 'rx-runner';
import {
  catchError,
  concat,
  exhaustMap,
  merge,
  of,
  startWith,
  switchMap,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { Lease } from './Lease.js';
import { leaseBucket, WrongBucketError } from './leaseBucket.js';
import { type LeaseSettings } from './LeaseSettings.js';
import { releases } from './releases.js';

/**
 * Who leads: emits the token of its lease when this process does, and `undefined` when it does not, or no longer. A third
 * of the lease later there may be another leader.
 *
 * It gives the lease up when it is torn down: whoever works for it has to be torn down before, and so needs this one.
 */
export function leader(nats: Observable<NatsConnection>, settings: LeaseSettings): Observable<number | undefined> {
  // nobody is told when a lease has run out
  const look = settings.duration / 20;
  const delay = exponentialBackoff({ initial: look, max: settings.duration / 3 });
  return nats.pipe(
    switchMap((connection) => leaseBucket(connection, settings)),
    switchRun((bucket) => {
      // run again by itself: a leader whose watch has failed goes on to lead
      const released = releases(bucket).pipe(restart({ on: 'both', delay }));
      return merge(timer(0, look), released).pipe(
        exhaustMap(() => term(bucket, settings)),
        startWith(undefined),
      );
    }),
    // NATS may be gone for a while
    restart({ delay, unless: (error) => error instanceof WrongBucketError }),
  );
}

/** One try, and all that follows if it succeeds. */
function term(bucket: KV, settings: LeaseSettings): Observable<number | undefined> {
  return withResource({
    acquire: () => Lease.take(bucket, settings),
    use: (lease) => lease && concat(of(lease.token), lease.renewals()).pipe(catchError(steppedDown(lease))),
    release: (lease) => lease?.giveUp(),
  });
}

/** Says so first, and fails when the lease is over: until then it may be that nobody else can have it. */
function steppedDown(lease: Lease): (error: unknown) => Observable<undefined> {
  return (error) =>
    concat(
      of(undefined),
      lease.end(),
      throwError(() => error as Error),
    );
}
