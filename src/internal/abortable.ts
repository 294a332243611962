import type { RunContext } from '../types.js';

/**
 * A context with a signal whose controller is made when somebody first wants it: most never do, and it costs more than all
 * the rest.
 */
export function abortable<C extends object>(
  context: C,
): { readonly context: C & { readonly signal: AbortSignal }; abort(reason?: unknown): void } {
  let controller: AbortController | undefined;
  let aborted = false;
  let cause: unknown;
  const abort = (reason?: unknown): void => {
    aborted = true;
    cause = reason;
    controller?.abort(reason);
  };
  const get = (): AbortSignal => {
    controller ??= new AbortController();
    if (aborted) controller.abort(cause);
    return controller.signal;
  };
  return {
    abort,
    context: Object.defineProperty(context, 'signal', { get, enumerable: true }) as C & {
      readonly signal: AbortSignal;
    },
  };
}

/** Whether an error is but the echo of the stop: only after the stop, and only its reason or an abort error. */
export function isCleanStop({ signal }: RunContext, error: unknown): boolean {
  const { name } = (error ?? {}) as { name?: unknown };
  return signal.aborted && (error === signal.reason || name === 'AbortError');
}
