import { expand, merge, type Observable } from 'rxjs';
import { interrupt } from '../../index.js';

/**
 * Every one of these signals, as it comes; the same one within `debounce` counts as one.
 *
 * Made of interrupts, so that it shares their listeners, and their debounce, with those that are members of the program.
 * The next one is subscribed before the last one completes: without a gap in which the signal would kill.
 */
export function signalsOf(signals: readonly string[], debounce: number): Observable<string> {
  return merge(
    ...signals.map((signal) => {
      const next = interrupt({ signals: [signal], debounce });
      return next.pipe(expand(() => next));
    }),
  );
}
