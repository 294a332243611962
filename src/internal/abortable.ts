import type { RunContext } from '../types.js';
import { carefully } from './carefully.js';
import { noop } from './rxjs.js';

/**
 * A context with a signal whose controller is made when somebody first wants it: most never do, and it costs more than all
 * the rest.
 */
export function abortable<C extends object>(
  context: C,
): { readonly context: C & { readonly signal: AbortSignal }; abort(reason?: unknown): void } {
  let controller: AbortController | undefined;
  let abortNow = noop;
  const get = (): AbortSignal => {
    controller ??= new AbortController();
    abortNow();
    return controller.signal;
  };
  return {
    abort(reason) {
      abortNow = () => controller?.abort(reason);
      abortNow();
    },
    context: Object.defineProperty(context, 'signal', { get, enumerable: true }) as C & {
      readonly signal: AbortSignal;
    },
  };
}

/** Whether an error is but the echo of the stop: only after the stop, and only its reason or an abort error. */
export function isCleanStop({ signal }: RunContext, error: unknown): boolean {
  const isAbortError = (): boolean => (Object(error) as { name?: unknown }).name === 'AbortError';
  return signal.aborted && (error === signal.reason || carefully(isAbortError, false));
}
