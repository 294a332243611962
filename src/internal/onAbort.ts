/** Calls back once, at once where the signal has aborted already; returns what removes the one listener. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  const listener = (): void => {
    callback(signal.reason);
  };
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => {
    signal.removeEventListener('abort', listener);
  };
}

/** Whether it is an `AbortSignal`, a polyfilled one included. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  const candidate = Object(value) as object;
  return 'aborted' in candidate && 'addEventListener' in candidate;
}
