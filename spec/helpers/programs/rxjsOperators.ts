/* eslint-disable rxjs-x/no-ignored-default-value, rxjs-x/no-ignored-takewhile-value -- how many values there are is left to chance */
import {
  audit,
  auditTime,
  bufferCount,
  bufferTime,
  buffer,
  catchError,
  combineLatest,
  concat,
  concatAll,
  concatMap,
  concatWith,
  connect,
  debounceTime,
  defaultIfEmpty,
  defer,
  delay,
  dematerialize,
  distinctUntilChanged,
  EMPTY,
  endWith,
  exhaustMap,
  expand,
  filter,
  finalize,
  first,
  forkJoin,
  groupBy,
  ignoreElements,
  iif,
  isEmpty,
  last,
  map,
  materialize,
  merge,
  mergeAll,
  mergeMap,
  mergeWith,
  type Observable,
  observeOn,
  asyncScheduler,
  queueScheduler,
  of,
  onErrorResumeNext,
  pairwise,
  race,
  reduce,
  repeat,
  retry,
  sample,
  sampleTime,
  scan,
  share,
  shareReplay,
  skip,
  skipUntil,
  startWith,
  subscribeOn,
  switchMap,
  switchScan,
  take,
  takeLast,
  takeUntil,
  takeWhile,
  tap,
  throttleTime,
  throwIfEmpty,
  timeout,
  timer,
  toArray,
  using,
  windowCount,
  windowTime,
  withLatestFrom,
  zip,
} from 'rxjs';
import type { World } from './World.js';

type Source = Observable<unknown>;

/** An operator on one source, or one that takes two; `n` are small numbers for whatever it needs. */
export type Unary = (source: Source, n: number, world: World) => Source;
export type Binary = (source: Source, other: Source, n: number, world: World) => Source;

/** Notes that an error has come to somebody who handles it, or keeps it for later. */
export function held<T>(world: World, who: string) {
  return (source: Observable<T>): Observable<T> =>
    source.pipe(
      tap({
        error: (error: unknown) => {
          world.failures.holds(error, who);
        },
      }),
    );
}

function catching(world: World, replacement: Source) {
  return catchError((error: unknown) => {
    world.failures.told(error, 'catchError');
    world.poke('selector');
    return replacement;
  });
}

/** Throws at some value. */
function mapped(n: number, world: World) {
  return map((value: unknown) => {
    world.poke('project');
    if (n === 9) throw world.failures.make('run', 'project');
    return value;
  });
}

export const unary: Readonly<Record<string, Unary>> = {
  map: (source, n, world) => source.pipe(mapped(n, world)),
  filter: (source, n) => source.pipe(filter((_, index) => index % 3 !== n % 3)),
  take: (source, n) => source.pipe(take(n % 4)),
  takeLast: (source, n) => source.pipe(takeLast(n % 3)),
  takeWhile: (source, n) => source.pipe(takeWhile((_, index) => index < n % 3, n > 5)),
  first: (source) => source.pipe(first()),
  firstOr: (source) => source.pipe(first(undefined, 0)),
  last: (source) => source.pipe(last(undefined, 0)),
  skip: (source, n) => source.pipe(skip(n % 3)),
  scan: (source) => source.pipe(scan((sum: unknown[], value) => [...sum, value].slice(-2), [])),
  reduce: (source) => source.pipe(reduce((count) => count + 1, 0)),
  startWith: (source) => source.pipe(startWith('start')),
  endWith: (source) => source.pipe(endWith('end')),
  share: (source, _, world) => source.pipe(held(world, 'shared'), share()),
  shareReplay: (source, _, world) => source.pipe(held(world, 'shared'), shareReplay({ bufferSize: 1, refCount: true })),
  connect: (source, _, world) =>
    source.pipe(
      held(world, 'shared'),
      connect((shared) => merge(shared.pipe(take(1)), shared.pipe(skip(1)))),
    ),
  retry: (source, n, world) =>
    source.pipe(
      retry({
        count: 1 + (n % 2),
        delay: (error: unknown) => {
          world.failures.told(error, 'retry');
          world.poke('delay');
          return n % 3 ? timer(n) : of(0);
        },
      }),
    ),
  repeat: (source, n) => source.pipe(repeat(n % 3 ? { count: 2, delay: n } : { count: 2 })),
  catchError: (source, n, world) => source.pipe(catching(world, n % 2 ? EMPTY : of('caught'))),
  bufferCount: (source, n) => source.pipe(bufferCount(1 + (n % 3))),
  bufferTime: (source, n) => source.pipe(take(5), bufferTime(2 + n)),
  windowCount: (source, n) => source.pipe(windowCount(1 + (n % 3)), mergeAll()),
  windowTime: (source, n) => source.pipe(windowTime(2 + n), concatAll()),
  groupBy: (source) =>
    source.pipe(
      groupBy(String),
      mergeMap((group) => group.pipe(take(2))),
    ),
  debounceTime: (source, n) => source.pipe(debounceTime(n)),
  throttleTime: (source, n) => source.pipe(throttleTime(n, undefined, { leading: n % 2 > 0, trailing: true })),
  auditTime: (source, n) => source.pipe(auditTime(n)),
  audit: (source, n, world) =>
    source.pipe(
      audit(() => {
        world.poke('selector');
        return timer(n);
      }),
    ),
  sampleTime: (source, n) => source.pipe(sampleTime(2 + n)),
  delay: (source, n) => source.pipe(delay(n)),
  takeThenDelay: (source, n) => source.pipe(take(1), delay(n)),
  finalize: (source, _, world) => source.pipe(finalize(() => world.poke('finalize'))),
  tap: (source, _, world) => source.pipe(tap(() => world.poke('tap'))),
  tapFinalize: (source, _, world) => source.pipe(tap({ finalize: () => world.poke('finalize') })),
  materialize: (source) => source.pipe(materialize(), dematerialize()),
  distinctUntilChanged: (source) => source.pipe(distinctUntilChanged()),
  pairwise: (source) => source.pipe(pairwise()),
  defaultIfEmpty: (source) => source.pipe(defaultIfEmpty('default')),
  ignoreElements: (source) => source.pipe(ignoreElements()),
  throwIfEmpty: (source, _, world) => source.pipe(throwIfEmpty(() => world.failures.make('run', 'empty'))),
  isEmpty: (source) => source.pipe(isEmpty()),
  expand: (source, n) =>
    source.pipe(
      take(3),
      map((value) => [value]),
      expand((list) => (list.length > 2 ? EMPTY : timer(n).pipe(map(() => [...list, 0])))),
    ),
  toArray: (source) => source.pipe(toArray()),
  using: (source, _, world) =>
    using(
      () => ({ unsubscribe: () => world.poke('finalize') }),
      () => source,
    ),
  defer: (source, _, world) =>
    defer(() => {
      world.poke('factory');
      return source;
    }),
  subscribeOn: (source, n) => source.pipe(subscribeOn(n % 3 ? asyncScheduler : queueScheduler, n)),
  observeOn: (source, n, world) => source.pipe(held(world, 'observeOn'), observeOn(asyncScheduler, n)),
  takeUntilTime: (source, n) => source.pipe(takeUntil(timer(n))),
  skipUntilTime: (source, n) => source.pipe(skipUntil(timer(n))),
};

export const binary: Readonly<Record<string, Binary>> = {
  takeUntil: (source, other) => source.pipe(takeUntil(other)),
  mergeMap: (source, other, n, world) =>
    source.pipe(
      mergeMap(
        () => {
          world.poke('project');
          return other;
        },
        1 + (n % 4),
      ),
    ),
  concatMap: (source, other, _, world) =>
    source.pipe(
      concatMap(() => {
        world.poke('project');
        return other;
      }),
    ),
  switchMap: (source, other, _, world) =>
    source.pipe(
      switchMap(() => {
        world.poke('project');
        return other;
      }),
    ),
  switchScan: (source, other) => source.pipe(switchScan((_sum: unknown, _value) => other, 0)),
  exhaustMap: (source, other) => source.pipe(exhaustMap(() => other)),
  mergeAll: (source, other, n) => of(source, other).pipe(mergeAll(1 + (n % 2))),
  concat: (source, other) => concat(source, other),
  concatWith: (source, other) => source.pipe(concatWith(other)),
  mergeWith: (source, other) => source.pipe(mergeWith(other)),
  catchWith: (source, other, _, world) => source.pipe(catching(world, other)),
  onErrorResumeNext: (source, other, _, world) =>
    onErrorResumeNext(source.pipe(toldOf(world)), other.pipe(toldOf(world))),
  race: (source, other) => race(source, other),
  zip: (source, other) => zip(source, other),
  combineLatest: (source, other) => combineLatest([source, other]),
  forkJoin: (source, other) => forkJoin([source, other]),
  withLatestFrom: (source, other) => source.pipe(withLatestFrom(other)),
  buffer: (source, other) => source.pipe(buffer(other)),
  sample: (source, other) => source.pipe(sample(other)),
  skipUntil: (source, other) => source.pipe(skipUntil(other)),
  timeout: (source, other, n) => source.pipe(timeout({ first: 1 + n, with: () => other })),
  iif: (source, other, n) => iif(() => n % 2 > 0, source, other),
};

/** Errors end here. */
function toldOf(world: World) {
  return (source: Source): Source =>
    source.pipe(
      tap({
        error: (error: unknown) => {
          world.failures.told(error, 'onErrorResumeNext');
        },
      }),
    );
}
