import { StopError } from '../StopError.js';
import type { TeardownContext } from '../types.js';
import { abortable } from './abortable.js';
import { currentScope, registerTeardown, within } from './ambient.js';
import { checkWork, inputOf, isPromise, isRunnable } from './check.js';
import { failureOf } from './failures.js';
import { followPromise } from './followPromise.js';
import { Owner } from './owner.js';
import { from, noop } from './rxjs.js';

/** Does the work of a teardown now, and has the current scope wait for it; `where` is the function that it is the work of. */
export function awaitWork(
  where: string,
  work: (context: TeardownContext) => unknown,
  settled: () => void = noop,
): void {
  const scope = currentScope();
  const complete = (): void => {
    report();
    settled();
  };
  const error = (failure: unknown): void => {
    report(failureOf(failure));
    complete();
  };
  // nobody wants its values, and nobody unsubscribes it; detached: a runner that does the work of a teardown neither
  // names the member nor makes it ready
  const owner = within(undefined, () => new Owner({ next: noop, error, complete }));
  owner.waiter = scope;
  const child = owner.child();
  const { context, abort } = abortable({ reason: scope?.reason ?? new StopError() });
  const report = registerTeardown(() => {
    abort();
    child.force();
    // what a group, a drain, a runner in there waits for is told when that is left; anything else just goes on
    if (child.hasOwners) owner.stop();
  });
  const waitFor = (result: unknown): void => {
    checkWork(where, result);
    // whoever pushes, or deletes, in an arrow function returns something: a number, a boolean is nothing to wait for
    const input = inputOf(Object(result) === result ? result : undefined, where, 'what it returns');
    if (isPromise(input))
      followPromise(child, input, (brought) => {
        checkWork(where, brought);
        if (isRunnable(brought)) waitFor(brought);
        else child.complete();
      });
    else from(input).subscribe(child);
    // it comes when the grace period is over already
    if (child.forced && child.hasOwners) owner.stop();
  };
  try {
    const result = work(context);
    child.call({
      subscribe() {
        waitFor(result);
      },
    });
  } catch (failure: unknown) {
    error(failure);
  }
}
