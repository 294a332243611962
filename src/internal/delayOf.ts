import { of, timer, type Observable } from 'rxjs';

/** A delay that tells how long it is: `restart` tells it on, in its event. */
export function delayOf(milliseconds: number): Observable<0> & { readonly delay: number } {
  const delay = milliseconds > 0 ? timer(milliseconds) : of(0 as const);
  return Object.assign(delay, { delay: milliseconds });
}

/** Takes a share off at random, so that what failed at once does not come back at once. */
export function jittered(milliseconds: number, jitter: number, random: () => number): number {
  return milliseconds * (1 - jitter * random());
}
