import { reportUnhandledError } from './reportUnhandledError.js';

/**
 * Where signals come from: `process`, or anything alike.
 *
 * @public
 */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

/** The one listener that a source has for a signal, however many wait for it. */
interface SignalHub {
  /** Whom to call back, each with its debounce. */
  readonly waiting: Map<() => void, number>;
  open(): void;
  closeIfIdle(): void;
}

// In one place for every copy of the package: a second copy must not add a second listener to the process.
const key = Symbol.for('rx-runner.signals.1');
const holder = globalThis as unknown as Record<symbol, WeakMap<SignalSource, Map<string, SignalHub>> | undefined>;

/** Calls back once, at the next such signal; returns what ends that. */
export function onSignal(source: SignalSource, signal: string, debounce: number, arrived: () => void): () => void {
  const sources = (holder[key] ??= new WeakMap<SignalSource, Map<string, SignalHub>>());
  const hubs = sources.get(source) ?? new Map<string, SignalHub>();
  sources.set(source, hubs);
  const hub = hubs.get(signal) ?? newHub(source, signal, hubs);
  hub.waiting.set(arrived, debounce);
  hub.open();
  return () => {
    hub.waiting.delete(arrived);
    hub.closeIfIdle();
  };
}

function newHub(source: SignalSource, signal: string, hubs: Map<string, SignalHub>): SignalHub {
  const waiting = new Map<() => void, number>();
  let debouncing = false;
  const listener = (): void => {
    // Under `npm start` one Ctrl-C arrives twice. Had the listener gone, the second would kill the process in the
    // middle of its teardown.
    if (debouncing) return;
    const debounce = Math.max(...waiting.values());
    debouncing = debounce > 0;
    if (debouncing) {
      afterwards(debounce, () => {
        debouncing = false;
        hub.closeIfIdle();
      });
    }
    const called = [...waiting.keys()];
    waiting.clear();
    called.forEach(callSafely);
    hub.closeIfIdle();
  };
  const hub: SignalHub = {
    waiting,
    open() {
      if (hubs.has(signal)) return;
      hubs.set(signal, hub);
      try {
        source.on(signal, listener);
      } catch (error: unknown) {
        hubs.delete(signal);
        throw error;
      }
    },
    closeIfIdle() {
      if (waiting.size || debouncing || hubs.get(signal) !== hub) return;
      hubs.delete(signal);
      source.off(signal, listener);
    },
  };
  return hub;
}

function callSafely(callback: () => void): void {
  try {
    callback();
  } catch (error: unknown) {
    reportUnhandledError(error);
  }
}

/** On the host's timer, not on one of RxJS: it must not hold the process. */
function afterwards(milliseconds: number, callback: () => void): void {
  const timer: unknown = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
  (timer as { unref?: () => void }).unref?.();
}
