import { Observable } from 'rxjs';
import { invalid } from './internal/invalid.js';
import { onSignal, type SignalSource } from './internal/signalHub.js';

/** The options of {@link interrupt}. */
export interface InterruptOptions {
  /** Which signals; default: SIGINT and SIGTERM. */
  readonly signals?: readonly string[];
  /** Milliseconds in which the same signal again is the same interrupt; default 500. */
  readonly debounce?: number;
  /** Where they come from; default: `process`. */
  readonly source?: SignalSource;
}

export function interrupt(options: InterruptOptions = {}): Observable<string> {
  const { signals = ['SIGINT', 'SIGTERM'], debounce = 500, source } = checked(options);
  return new Observable<string>((subscriber) => {
    const emitter = source ?? processOrThrow();
    for (const signal of signals) {
      const arrived = (): void => {
        subscriber.next(signal);
        subscriber.complete();
      };
      subscriber.add(onSignal(emitter, signal, { debounce, arrived }));
    }
  });
}

function processOrThrow(): SignalSource {
  const { process } = globalThis as { process?: Partial<SignalSource> };
  if (isSignalSource(process)) return process;
  throw new Error("interrupt: there is no process here to send a signal; give the option 'source'");
}

function isSignalSource(value: unknown): value is SignalSource {
  const { on, off } = (value ?? {}) as Partial<SignalSource>;
  return typeof on === 'function' && typeof off === 'function';
}

function checked(options: InterruptOptions): InterruptOptions {
  const { signals, debounce, source } = options;
  if (signals !== undefined && !areNames(signals)) throw invalid('interrupt', "'signals'", 'an array of signal names', signals);
  if (debounce !== undefined && !(debounce >= 0)) throw invalid('interrupt', "'debounce'", 'milliseconds (0 or more)', debounce);
  if (source !== undefined && !isSignalSource(source)) throw invalid('interrupt', "'source'", 'an object with `on` and `off`', source);
  return options;
}

function areNames(signals: unknown): boolean {
  return Array.isArray(signals) && signals.length > 0 && signals.every((signal) => typeof signal === 'string' && signal);
}
