import { awaitTeardown } from './awaitTeardown.js';
import { finalizeAsync } from './finalizeAsync.js';
import { isCleanStop } from './internal/abortable.js';
import { check, checkFunctions } from './internal/check.js';
import { runOutput } from './internal/runOutput.js';
import { runner } from './runner.js';
import { settle } from './settle.js';
import type { RunContext, RunResult, RunValue, TeardownContext, TeardownResult } from './types.js';
import {
  AsyncSubject,
  catchError,
  defer,
  EMPTY,
  from,
  isObservable,
  Observable,
  of,
  switchMap,
  take,
  tap,
  throwIfEmpty,
} from './internal/rxjs.js';

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
 * `release` is called when the work has settled.
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
    const run = (context: RunContext): Observable<unknown> =>
      acquisition(definition, context).pipe(
        tap((resource) => {
          acquired = { resource };
        }),
        uncut(context),
        switchMap((resource) => runOutput('withResource', definition.use(resource, context), context)),
      );
    return runner({ name, run }).pipe(
      finalizeAsync((_, context) => acquired && definition.release(acquired.resource, context)),
    );
  }) as Observable<RunValue<R>>;
}

function acquisition<A>(definition: ResourceDefinition<A, RunResult>, context: RunContext): Observable<A> {
  const result = definition.acquire(context);
  const opened = isObservable(result) ? result : isPromiseLike(result) ? from(result) : of(result);
  return opened.pipe(
    take(1),
    settle(),
    throwIfEmpty(() => {
      // a stop may well be what ended it
      const { signal } = context;
      return signal.aborted
        ? (signal.reason as unknown)
        : new TypeError("withResource: 'acquire' completed without a resource");
    }),
  );
}

/**
 * A stop does not cut the source off: it is waited for. An acquisition that is cut in the middle may still succeed, and
 * nobody would release what it opened.
 */
function uncut<A>(context: RunContext): (source: Observable<A>) => Observable<A> {
  return (source) =>
    new Observable((subscriber) => {
      const outcome = new AsyncSubject<A>();
      let pending = true;
      const ended = (): void => {
        pending = false;
      };
      subscriber.add(() => {
        if (pending) awaitTeardown(outcome.pipe(catchError(cleanStop(context))));
      });
      source.pipe(tap({ error: ended, complete: ended })).subscribe(outcome);
      outcome.subscribe(subscriber);
    });
}

function cleanStop(context: RunContext): (error: unknown) => Observable<never> {
  return (error) => {
    if (isCleanStop(context, error)) return EMPTY;
    throw error;
  };
}

function isPromiseLike<A>(value: A | PromiseLike<A>): value is PromiseLike<A> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}
