import { Subject, tap, type Observable } from 'rxjs';
import { interrupt, type InterruptOptions, type SignalSource } from '../../index.js';

/**
 * An `interrupt()` whose signals come from marbles.
 *
 * @public
 */
export interface MarbleInterrupt extends Observable<string> {
  /** Each signal that nobody listened to, and that would have ended the process therefore. */
  readonly kills: Observable<string>;
}

/** The options of `interrupt` in a marble test. @public */
export type MarbleInterruptOptions = Omit<InterruptOptions, 'source'>;

/** The debounce of the core. */
const defaultDebounce = 500;

/**
 * The interrupt of the core, on a process that has signals from marbles. The debounce of the core is on a timer of the host,
 * which virtual time does not move; so it has none here, and the process itself swallows what comes within that time.
 */
export function marbleInterrupt(
  signals: Observable<string>,
  now: () => number,
  { debounce = defaultDebounce, ...options }: MarbleInterruptOptions,
): MarbleInterrupt {
  const kills = new Subject<string>();
  const listeners = new Map<string, Set<() => void>>();
  const swallowing = new Map<string, number>();
  const source: SignalSource = {
    on(signal, listener) {
      listeners.set(signal, (listeners.get(signal) ?? new Set()).add(listener));
    },
    off(signal, listener) {
      listeners.get(signal)?.delete(listener);
    },
  };
  const arrive = (signal: string): void => {
    if (now() < (swallowing.get(signal) ?? 0)) return;
    const called = [...(listeners.get(signal) ?? [])];
    if (called.length === 0) {
      kills.next(signal);
      return;
    }
    swallowing.set(signal, now() + debounce);
    for (const listener of called) listener();
  };
  // the debounce, too, is checked by the core, though it is not used there
  void interrupt({ ...options, debounce });
  signals.pipe(tap(arrive)).subscribe();
  return Object.assign(interrupt({ ...options, debounce: 0, source }), { kills: kills.asObservable() });
}

/** What the letters of a diagram of signals mean where nothing is said. */
export const usualSignals: Readonly<Record<string, string>> = { i: 'SIGINT', t: 'SIGTERM', h: 'SIGHUP' };
