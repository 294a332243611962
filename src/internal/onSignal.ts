import { safely } from './safely.js';

/**
 * Where signals come from: `process`, or anything alike.
 *
 * @public
 */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

/** Adds to those who wait for the one listener that a source has for a signal; returns what ends that. */
type SignalHub = (arrived: () => void, debounce: number) => () => void;

// In one place for every copy of the package: a second copy must not add a second listener to the process.
const key = Symbol.for('rx-runner.signals.1');
const holder = globalThis as unknown as Record<symbol, WeakMap<SignalSource, Map<string, SignalHub>> | undefined>;

/** Calls back once, at the next such signal; returns what ends that. */
export function onSignal(source: SignalSource, signal: string, debounce: number, arrived: () => void): () => void {
  const sources = (holder[key] ??= new WeakMap<SignalSource, Map<string, SignalHub>>());
  const hubs = sources.get(source) ?? new Map<string, SignalHub>();
  sources.set(source, hubs);
  const hub = hubs.get(signal) ?? newHub(source, signal);
  hubs.set(signal, hub);
  return hub(arrived, debounce);
}

function newHub(source: SignalSource, signal: string): SignalHub {
  // whom to call back, each with its debounce
  const waiting = new Map<() => void, number>();
  let debouncing = false;
  let listening = false;
  const update = (): void => {
    const needed = debouncing || waiting.size > 0;
    if (needed === listening) return;
    listening = needed;
    try {
      source[needed ? 'on' : 'off'](signal, listener);
    } catch (error: unknown) {
      listening = false;
      waiting.clear();
      throw error;
    }
  };
  const listener = (): void => {
    // Under `npm start` one Ctrl-C arrives twice. Had the listener gone, the second would kill the process in the
    // middle of its teardown.
    if (debouncing) return;
    const debounce = Math.max(...waiting.values());
    debouncing = debounce > 0;
    if (debouncing) {
      afterwards(debounce, () => {
        debouncing = false;
        update();
      });
    }
    const called = [...waiting.keys()];
    waiting.clear();
    called.forEach(safely);
    update();
  };
  return (arrived, debounce) => {
    waiting.set(arrived, debounce);
    update();
    return () => {
      waiting.delete(arrived);
      update();
    };
  };
}

/** On the host's timer, not on one of RxJS: it must not hold the process. */
function afterwards(milliseconds: number, callback: () => void): void {
  const timer: unknown = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
  (timer as { unref?: () => void }).unref?.();
}
