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
} from 'rxjs';
import { awaitTeardown } from './awaitTeardown.js';
import { finalizeAsync } from './finalizeAsync.js';
import { invalid } from './internal/invalid.js';
import { isCleanStop } from './internal/runContext.js';
import { runOutput } from './internal/runOutput.js';
import { runner } from './runner.js';
import { settle } from './settle.js';
import type { RunContext, RunResult, RunValue, TeardownContext, TeardownResult } from './types.js';

/** A resource, what is done with it, and how it is let go. */
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

export function withResource<A, R extends RunResult>(definition: ResourceDefinition<A, R>): Observable<RunValue<R>> {
  checkDefinition(definition);
  const { name } = definition;
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
    return runner({ ...(name === undefined ? {} : { name }), run }).pipe(
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
    throwIfEmpty(() => new TypeError("withResource: 'acquire' completed without a resource")),
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
      subscriber.add(() => {
        if (pending) awaitTeardown(outcome.pipe(catchError((error: unknown) => {
          if (isCleanStop(context, error)) return EMPTY;
          throw error;
        })));
      });
      source.pipe(tap({ finalize: () => { pending = false; } })).subscribe(outcome);
      outcome.subscribe(subscriber);
    });
}

function isPromiseLike<A>(value: A | PromiseLike<A>): value is PromiseLike<A> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}

function checkDefinition(definition: { readonly [K in 'acquire' | 'use' | 'release']: unknown }): void {
  for (const method of ['acquire', 'use', 'release'] as const) {
    if (typeof definition[method] !== 'function') throw invalid('withResource', `'${method}'`, 'a function', definition[method]);
  }
}
