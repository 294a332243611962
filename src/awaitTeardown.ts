import { from, type ObservableInput } from 'rxjs';
import { detached } from './detached.js';
import { ambient, type TeardownScope } from './internal/ambient.js';
import { invalid } from './internal/invalid.js';
import { isObservableInput } from './internal/observableInput.js';
import { reportUnhandledError } from './internal/reportUnhandledError.js';
import { SourceOwner } from './internal/sourceOwner.js';
import { StopError } from './StopError.js';
import type { TeardownContext, TeardownResult } from './types.js';

/**
 * Makes a teardown awaited: whoever unsubscribes within a teardown scope waits until `work` has completed, and counts
 * its error.
 *
 * This is the primitive below everything else here; call it in the teardown of a hand-written `new Observable(...)`. A
 * function is called at once. It has to be called synchronously, while the unsubscription is going on: after the first
 * `await` of an async function the scope is gone.
 *
 * Outside every scope the work runs to its end all the same, and its error goes to `config.onUnhandledError`, else it is
 * thrown from a timer.
 *
 * ```
 * source     --a--b--c---
 * stop       -----!
 * work            ---|
 * settle()   --a--b--|
 * ```
 *
 * @example
 * ```ts
 * import { awaitTeardown } from 'rx-runner';
 * import { Observable } from 'rxjs';
 *
 * const lines = new Observable<string>((subscriber) => {
 *   const socket = connect((line) => subscriber.next(line));
 *   return () => awaitTeardown(() => socket.end());
 * });
 * ```
 * @param work - an `ObservableInput`, or a function that returns one, or nothing; its values are ignored
 * @public
 */
export function awaitTeardown(work: ObservableInput<unknown> | ((context: TeardownContext) => TeardownResult)): void {
  const scope = ambient.scope?.open ? ambient.scope : undefined;
  const teardown = teardownContext(scope?.reason);
  try {
    const result: unknown = typeof work === 'function' ? work(teardown.context) : work;
    if (result !== undefined) waitFor(result, scope, teardown);
  } catch (error: unknown) {
    const registration = scope?.register();
    (registration?.failed ?? reportUnhandledError)(error);
    registration?.settled();
  }
}

function waitFor(work: unknown, scope: TeardownScope | undefined, teardown: Teardown): void {
  if (!isObservableInput(work)) throw invalid('awaitTeardown', 'a teardown', 'an ObservableInput, or return one, or nothing', work);
  const registration = scope?.register(teardown);
  const settled = (): void => registration?.settled();
  // detached: a runner that does the work of a teardown neither names the member nor makes it ready
  const owner = detached(
    () =>
      new SourceOwner<unknown>({
        next: ignore,
        add: ignore,
        complete: settled,
        error: (error: unknown) => {
          (registration?.failed ?? reportUnhandledError)(error);
          settled();
        },
      }),
  );
  owner.waiter = scope;
  owner.run(from(work));
}

function ignore(): void {
  // the values of a teardown interest nobody, and nobody unsubscribes it
}

interface Teardown {
  readonly context: TeardownContext;
  force(): void;
}

function teardownContext(reason = new StopError()): Teardown {
  let controller: AbortController | undefined;
  let forced = false;
  return {
    context: {
      reason,
      get signal() {
        controller ??= new AbortController();
        if (forced) controller.abort();
        return controller.signal;
      },
    },
    force() {
      forced = true;
      controller?.abort();
    },
  };
}
