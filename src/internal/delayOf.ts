import { Observable, of, timer } from './rxjs.js';

/** A delay that tells how long it is: `restart` tells it on, in its event. */
export function delayOf(milliseconds: number): Observable<0> & { readonly delay: number } {
  // longer than a timer can be set for is for ever
  const long = milliseconds < 2 ** 31 ? timer(milliseconds) : new Observable<never>();
  const delay = milliseconds > 0 ? long : of(0 as const);
  return Object.assign(delay, { delay: milliseconds });
}

/** Takes a share off at random, so that what failed at once does not come back at once. */
export function jittered(milliseconds: number, jitter: number, random: () => number): number {
  return milliseconds * (1 - jitter * random());
}
