import type { Observable } from 'rxjs';
import type { Report } from './internal/ambient.js';
import { registerTeardown } from './internal/ambient.js';
import { check, checkFunctions, isFunction } from './internal/check.js';
import { finalizing } from './internal/finalizing.js';
import { runnerOf, type RunInProgress } from './internal/runnerOf.js';
import { defer } from './internal/rxjs.js';
import { Sharing, type User } from './internal/sharing.js';
import { tellRun } from './internal/uncut.js';
import { useResource } from './internal/useResource.js';
import type { RunContext, RunResult, RunValue, TeardownContext, TeardownResult } from './types.js';

/**
 * A resource that several use: how it is opened, and how it is let go.
 *
 * @public
 */
export interface SharedResourceDefinition<A> {
  /** Names the members that use it, in errors and events, if they have no name. */
  readonly name?: string;
  /**
   * Opens it: an Observable's first value, a promise's value, or the value itself. The signal aborts when the last one who waits
   * for it has been stopped.
   */
  acquire(context: Pick<RunContext, 'signal'>): Observable<A> | PromiseLike<A> | A;
  /** Lets it go, and is awaited by the last one who used it. */
  release(resource: A, context: TeardownContext): TeardownResult;
}

/**
 * A resource that is open as long as somebody uses it.
 *
 * @public
 */
export interface SharedResource<A> {
  /**
   * A runner that works with the resource: opens it, or joins those who have it open.
   *
   * @param project - works with it; the runner ends when what this returns has ended
   * @returns a cold Observable of the values of what `project` returns
   * @throws TypeError for a `project` that is no function
   */
  use<R extends RunResult>(project: (resource: A, context: RunContext) => R): Observable<RunValue<R>>;
}

/**
 * Shares a resource among those who need it: the first one opens it, the last one lets it go, awaited.
 *
 * It hands a database to the members of a group, in the right order: opened before the first of them works, released when the last
 * one has settled. Who comes while the release is pending waits for its end, and opens it anew: it is never open twice. The state is
 * held by the object that is returned, as by `share()`.
 *
 * ```
 * acquire     --r
 * a           --a-a-|
 * b           ---b-b-b-|
 * release              --|
 * a.use       --a-a-|
 * b.use       ---b-b-b---|
 * ```
 *
 * `use(project)` emits the values of what `project` returns, and completes when that has settled; for the last one, when `release`
 * has settled, too. It errs if one of the three fails: an `acquire` that fails fails all who wait for it, and the next one tries again;
 * a `release` that fails, the last one. Who is stopped while it waits has not used it; `acquire` is cut off by none of them, and the
 * last one to be stopped aborts its signal, and waits for its end.
 *
 * @example
 * ```ts
 * import { group, shareResource } from 'rx-runner';
 * import { interval, map, tap } from 'rxjs';
 *
 * const database = shareResource({
 *   acquire: async () => new Map<string, number>(), // say, it connects
 *   release: async () => console.log('disconnected'),
 * });
 * group({
 *   writer: database.use((db) => interval(100).pipe(tap((n) => db.set('latest', n)))),
 *   reader: database.use((db) => interval(250).pipe(map(() => db.get('latest')))),
 * }).subscribe((value) => console.log(value));
 * ```
 * @param definition - `acquire` and `release`, and a `name` if there is one
 * @returns an object with `use`
 * @throws TypeError if one of the two is no function, or `name` no string
 * @public
 */
export function shareResource<A>(definition: SharedResourceDefinition<A>): SharedResource<A> {
  const { name = '', acquire, release } = Object(definition) as Partial<SharedResourceDefinition<A>>;
  checkFunctions('shareResource', { acquire, release });
  check(typeof name === 'string', 'shareResource', "'name'", 'a string', name);
  const sharing = new Sharing<A>((context) => definition.acquire(context));
  return {
    use<R extends RunResult>(project: (resource: A, context: RunContext) => R) {
      check(isFunction(project), 'shareResource', 'the project', 'a function', project);
      return defer(() => {
        let user: User<A> | undefined;
        const begin = (run: RunInProgress): void => {
          user = userOf(run, sharing, project);
          sharing.join(user);
        };
        const letGo = (context: TeardownContext): TeardownResult => {
          const acquired = user && sharing.letGo(user);
          return acquired && definition.release(acquired.resource, context);
        };
        return runnerOf(name, begin).pipe(
          finalizing(
            'release',
            (_, context) => letGo(context),
            () => sharing.isAcquired,
            () => {
              if (user) sharing.released(user);
            },
          ),
        );
      }) as Observable<RunValue<R>>;
    },
  };
}

/** What the run of a user does when it is its turn, and when it is stopped before. */
function userOf<A>(
  { child, context, ...run }: RunInProgress,
  sharing: Sharing<A>,
  project: (resource: A, context: RunContext) => unknown,
): User<A> {
  let isPending = true;
  let report: Report | undefined;
  const user: User<A> = {
    scope: child,
    get reason() {
      return context.signal.reason as unknown;
    },
    granted(resource) {
      isPending = false;
      useResource('shareResource', 'what the project returns', { child, context, ...run }, () =>
        project(resource, context),
      );
    },
    refused(error) {
      if (!isPending) return;
      isPending = false;
      if (report) tellRun(report, context, error);
      else child.error(error);
    },
    waitsForOpening() {
      isPending = true;
      report = registerTeardown();
    },
    openedInVain() {
      isPending = false;
      report?.();
    },
  };
  child.add(() => {
    if (!isPending) return;
    isPending = false;
    sharing.leave(user);
  });
  return user;
}
