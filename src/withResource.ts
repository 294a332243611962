import type { Observable } from 'rxjs';
import { acquisition } from './internal/acquisition.js';
import { check, checkFunctions } from './internal/check.js';
import { finalizing } from './internal/finalizing.js';
import { runnerOf, type RunInProgress } from './internal/runnerOf.js';
import { defer } from './internal/rxjs.js';
import { uncut } from './internal/uncut.js';
import { useResource } from './internal/useResource.js';
import type { RunContext, RunResult, RunValue, TeardownContext, TeardownResult } from './types.js';

/**
 * A resource: how it is opened, what is done with it, and how it is let go.
 *
 * @public
 */
export interface ResourceDefinition<A, R extends RunResult> {
  /** Names the member in errors and events. */
  readonly name?: string;
  /** Opens the resource: an Observable's first value, a promise's value, or the value itself. */
  acquire(context: RunContext): Observable<A> | PromiseLike<A> | A;
  /** Works with it; the runner ends when what this returns has ended. */
  use(resource: A, context: RunContext): R;
  /** Lets it go, and is awaited. */
  release(resource: A, context: TeardownContext): TeardownResult;
}

/**
 * A runner around a resource: opens it, works with it, and lets it go, exactly once, however the work ended.
 *
 * A stop does not cut `acquire` off: its context's signal aborts, and it is waited for; what it still opens is released.
 * `release` is called when the work has settled, or when the grace period of whoever waits is over before. What `use` returns runs as
 * if it were the member: a group, or a runner, in there answers for its readiness.
 *
 * ```
 * acquire     --r
 * use           -a-|
 * release          --|
 * result      ---a---|
 * ```
 *
 * It emits the values of `use`, and completes when `release` has settled. It errs if one of the three fails; if the work and the
 * release both do, with a `RunGroupError` of both.
 *
 * @example
 * ```ts
 * import { open } from 'node:fs/promises';
 * import { withResource } from 'rx-runner';
 * import { concatMap, interval } from 'rxjs';
 *
 * const journal = withResource({
 *   name: 'journal',
 *   acquire: () => open('journal.txt', 'a'),
 *   use: (file) => interval(1_000).pipe(concatMap((second) => file.appendFile(`${second}\n`))),
 *   release: (file) => file.close(),
 * });
 * ```
 * @param definition - `acquire`, `use` and `release`, and a `name` if there is one
 * @returns a cold Observable of the values of `use`
 * @throws TypeError if one of the three is no function, or `name` no string
 * @public
 */
export function withResource<A, R extends RunResult>(definition: ResourceDefinition<A, R>): Observable<RunValue<R>> {
  const { name = '', acquire, use, release } = Object(definition) as Partial<ResourceDefinition<A, R>>;
  checkFunctions('withResource', { acquire, use, release });
  check(typeof name === 'string', 'withResource', "'name'", 'a string', name);
  return defer(() => {
    let acquired: { readonly resource: A } | undefined;
    const begin = (run: RunInProgress): void => {
      const { child, context } = run;
      const end = uncut(child, context);
      acquisition(
        'withResource',
        () => definition.acquire(context),
        context,
        {
          next(resource) {
            acquired = { resource };
          },
          error: end.fail,
          complete() {
            if (end.isAwaited()) end.complete();
            else {
              end.passOn();
              useResource(
                'withResource',
                "what 'use' returns",
                run,
                () => acquired && definition.use(acquired.resource, context),
              );
            }
          },
        },
        child.owner,
      );
    };
    return runnerOf(name, begin).pipe(
      finalizing(
        'release',
        (_, context) => acquired && definition.release(acquired.resource, context),
        () => !!acquired,
      ),
    );
  }) as Observable<RunValue<R>>;
}
