import { check, checkFunctions } from './check.js';
import { Observable, of, timer } from './rxjs.js';

/** How much of a delay is left to chance. */
interface JitterOptions {
  readonly jitter?: number;
  readonly random?: () => number;
}

/** A delay that tells how long it is: `restart` tells it on, in its event. */
export function delayOf(milliseconds: number): Observable<0> & { readonly delay: number } {
  // longer than a timer can be set for is for ever
  const long = milliseconds < 2 ** 31 ? timer(milliseconds) : new Observable<never>();
  const delay = milliseconds > 0 ? long : of(0 as const);
  return Object.assign(delay, { delay: milliseconds });
}

/** Makes delays of which a random share is taken off, so that what failed at once does not come back at once. */
export function jittered(where: string, options: JitterOptions): typeof delayOf {
  const { jitter = 0, random = Math.random } = options;
  check(typeof jitter === 'number' && jitter >= 0 && jitter <= 1, where, "'jitter'", 'from 0 to 1', jitter);
  checkFunctions(where, { random });
  return (milliseconds) => delayOf(milliseconds * (1 - jitter * random()));
}
