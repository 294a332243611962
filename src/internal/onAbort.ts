import { noop } from './rxjs.js';
import { safely } from './safely.js';

/** One listener of a signal for all who wait for it: of more than ten, Node warns as of a leak. */
interface Hub {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/** Calls back once, at once where the signal has aborted already; returns what ends that. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  // a function of its own: the same callback may come twice
  const call = (): void => {
    callback(signal.reason);
  };
  if (signal.aborted) {
    call();
    return noop;
  }
  const hub = hubs.get(signal) ?? newHub(signal);
  hub.calls.add(call);
  return () => {
    hub.calls.delete(call);
    if (hub.calls.size > 0 || hubs.get(signal) !== hub) return;
    hubs.delete(signal);
    signal.removeEventListener('abort', hub.listener);
  };
}

function newHub(signal: AbortSignal): Hub {
  const calls = new Set<() => void>();
  const listener = (): void => {
    hubs.delete(signal);
    // one of another implementation may not know of `once`
    signal.removeEventListener('abort', listener);
    calls.forEach(safely);
  };
  const hub = { calls, listener };
  hubs.set(signal, hub);
  signal.addEventListener('abort', listener);
  return hub;
}

/** Whether it is an `AbortSignal`, a polyfilled one included. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  const candidate = Object(value) as object;
  return 'aborted' in candidate && 'addEventListener' in candidate;
}
