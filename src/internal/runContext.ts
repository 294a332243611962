import type { StopError } from '../StopError.js';
import type { RunContext } from '../types.js';
import { ambient } from './ambient.js';

/** The context of one run, and its stop. */
export interface Run {
  readonly context: RunContext;
  abort(reason: StopError): void;
}

/** Whether an error is but the echo of the stop: only after the stop, and only its reason or an abort error. */
export function isCleanStop({ signal }: RunContext, error: unknown): boolean {
  const { name } = (error ?? {}) as { name?: unknown };
  return signal.aborted && (error === signal.reason || name === 'AbortError');
}

/** Makes the context of a run; the first one that is subscribed in a group's member names it and answers for it. */
export function runContext(name: string | undefined): Run {
  const member = ambient.scope?.member;
  const answersFor = member?.claim(name, true) ? member : undefined;
  let controller: AbortController | undefined;
  let stopped: StopError | undefined;
  return {
    context: {
      // a controller costs more than all the rest of a run, and most runs have no use for it
      get signal() {
        controller ??= new AbortController();
        if (stopped) controller.abort(stopped);
        return controller.signal;
      },
      ready: () => answersFor?.ready(),
    },
    abort(reason) {
      stopped = reason;
      controller?.abort(reason);
    },
  };
}
