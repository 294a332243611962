import { reportUnhandledError } from './reportUnhandledError.js';

/** Where signals come from: `process`, or anything alike. */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

interface Listener {
  readonly debounce: number;
  readonly arrived: () => void;
}

/** The one listener that a source has for a signal, however many wait for it. */
interface SignalHub {
  readonly listeners: Set<Listener>;
  closeIfIdle(): void;
}

// In one place for every copy of the package: a second copy must not add a second listener to the process.
const key = Symbol.for('rx-runner.signals.1');
const holder = globalThis as unknown as Record<symbol, WeakMap<SignalSource, Map<string, SignalHub>> | undefined>;

/** Calls back at the next such signal; returns what ends that. */
export function onSignal(source: SignalSource, signal: string, listener: Listener): () => void {
  const sources = (holder[key] ??= new WeakMap<SignalSource, Map<string, SignalHub>>());
  const hubs = sources.get(source) ?? new Map<string, SignalHub>();
  sources.set(source, hubs);
  const hub = hubs.get(signal) ?? openHub(source, signal, hubs);
  hub.listeners.add(listener);
  return () => {
    hub.listeners.delete(listener);
    hub.closeIfIdle();
  };
}

function openHub(source: SignalSource, signal: string, hubs: Map<string, SignalHub>): SignalHub {
  const listeners = new Set<Listener>();
  let debouncing = false;
  const closeIfIdle = (): void => {
    if (listeners.size > 0 || debouncing || !hubs.delete(signal)) return;
    source.off(signal, arrived);
  };
  const arrived = (): void => {
    // Under `npm start` one Ctrl-C arrives twice. Had the listener gone, the second would kill the process in the
    // middle of its teardown.
    if (debouncing) return;
    const called = [...listeners];
    const debounce = Math.max(...called.map((listener) => listener.debounce));
    debouncing = debounce > 0;
    if (debouncing) {
      after(debounce, () => {
        debouncing = false;
        closeIfIdle();
      });
    }
    for (const listener of called) call(listener);
  };
  source.on(signal, arrived);
  const hub = { listeners, closeIfIdle };
  hubs.set(signal, hub);
  return hub;
}

function call({ arrived }: Listener): void {
  try {
    arrived();
  } catch (error: unknown) {
    reportUnhandledError(error);
  }
}

/** On the host's timer, not on one of RxJS: it must not hold the process. */
function after(milliseconds: number, callback: () => void): void {
  const timer: unknown = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
  (timer as { unref?: () => void }).unref?.();
}
