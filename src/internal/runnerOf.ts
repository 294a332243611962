import type { RunContext } from '../types.js';
import { abortable } from './abortable.js';
import { ambient } from './ambient.js';
import type { Child } from './child.js';
import { claimReadiness, type Readiness } from './claimReadiness.js';
import { Owner } from './owner.js';
import { Observable } from './rxjs.js';
import { failRun } from './uncut.js';

/** One run of a runner. */
export interface RunInProgress {
  /** Is told its values and its end. */
  readonly child: Child;
  readonly context: RunContext;
  readonly readiness: Readiness;
}

/** A cold Observable of what `begin` starts; `teardown` is called when it is stopped. */
export function runnerOf(
  name: string | undefined,
  begin: (run: RunInProgress) => void,
  teardown?: () => void,
): Observable<unknown> {
  const tracked = ambient.track?.(name);
  return new Observable<unknown>((subscriber) => {
    const readiness = claimReadiness(name);
    const ready = (): void => {
      // one that stops, or has failed, says too late that it is ready
      if (!owner.reason) readiness.ready();
    };
    const { context, abort } = abortable({ ready });
    const owner = new Owner(subscriber);
    subscriber.add(owner);
    owner.released = (tracked ?? ambient.track?.(name))?.();
    owner.run({
      subscribe(child) {
        // what is added to the child runs when it is torn down: before the teardown of the run, and after it
        const whenStopped = (then: () => void): void => {
          child.add(() => {
            if (child.stopped) then();
          });
        };
        whenStopped(() => {
          abort(owner.reason);
        });
        runIn({ child, context, readiness }, begin);
        if (teardown) whenStopped(teardown);
      },
    });
  });
}

/** Does something of a run; what that throws, the run fails with, also where it has been stopped meanwhile. */
function runIn(run: RunInProgress, step: (run: RunInProgress) => void): void {
  try {
    step(run);
  } catch (error: unknown) {
    failRun(run.child, run.context, error);
  }
}

/** Goes on with a run, within its scope. */
export function goOn(run: RunInProgress, step: (run: RunInProgress) => void): void {
  run.child.call({
    subscribe() {
      runIn(run, step);
    },
  });
}
