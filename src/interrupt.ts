import { check, isFunction } from './internal/check.js';
import { claimReadiness } from './internal/claimReadiness.js';
import { isSignal, namesOfSignals } from './internal/isSignal.js';
import { onSignal, type SignalSource } from './internal/onSignal.js';
import { Observable } from './internal/rxjs.js';

/**
 * The options of {@link interrupt}.
 *
 * @public
 */
export interface InterruptOptions {
  /** Which signals; default: SIGINT and SIGTERM. Names that no process can listen to, as SIGKILL, are refused without a `source`. */
  readonly signals?: readonly string[];
  /** Milliseconds in which the same signal again is the same interrupt; default 500. */
  readonly debounce?: number;
  /** Where they come from; default: `process`. */
  readonly source?: SignalSource;
}

/**
 * Emits the name of the first process signal, then completes.
 *
 * As a member of a group it is what ends the program: the group stops at its completion. It listens from the
 * subscription on, and every interrupt of a process shares one listener per signal. The same signal again within
 * `debounce` is the same interrupt: npm, for one, passes one Ctrl-C on a second time. After that the listener is gone, and a
 * second Ctrl-C finds Node's default again: it kills.
 *
 * ```
 * SIGINT      -----s---
 * interrupt() -----(i|)
 * ```
 *
 * Like every signal listener in Node it does not keep the process alive. Where there is no process, as in a browser, it
 * errs on subscription. In a group it is ready as soon as it listens.
 *
 * @example
 * ```ts
 * import { group, interrupt, runner } from 'rx-runner';
 * import { NEVER } from 'rxjs';
 *
 * const service = runner({
 *   run: () => NEVER,
 *   teardown: async () => console.log('service stopped'),
 * });
 * group({ interrupt: interrupt(), service }).subscribe({ complete: () => console.log('bye') });
 * ```
 * @param options - which signals, from where, and how long the same one counts as one
 * @returns an Observable of the signal's name
 * @throws TypeError for a bad option
 * @public
 */
export function interrupt(options: InterruptOptions = {}): Observable<string> {
  const { signals = ['SIGINT', 'SIGTERM'], debounce = 500, source } = options;
  check(Array.isArray(signals) && signals.length, 'interrupt', "'signals'", 'names of signals', signals);
  // a source of one's own may have signals of its own
  const isName = source ? (name: unknown): unknown => name && typeof name === 'string' : isSignal;
  for (const name of signals) check(isName(name), 'interrupt', "'signals'", namesOfSignals, name);
  check(typeof debounce === 'number' && debounce >= 0, 'interrupt', "'debounce'", '0 or more', debounce);
  if (source !== undefined) checkSource(source);
  return new Observable((subscriber) => {
    const { ready } = claimReadiness();
    const emitter = source ?? (globalThis as { process?: unknown }).process;
    checkSource(emitter);
    for (const signal of signals) {
      subscriber.add(
        onSignal(emitter, signal, debounce, () => {
          subscriber.next(signal);
          subscriber.complete();
        }),
      );
    }
    ready();
  });
}

function checkSource(source: unknown): asserts source is SignalSource {
  const { on, off } = Object(source) as Partial<SignalSource>;
  check(isFunction(on) && isFunction(off), 'interrupt', "'source'", 'an emitter of signals, as `process` is', source);
}
