import { describe, expect, it } from '@jest/globals';
import {
  asyncScheduler,
  concat,
  defer,
  EMPTY,
  expand,
  filter,
  first,
  groupBy,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  observeOn,
  of,
  queueScheduler,
  race,
  retry,
  share,
  startWith,
  subscribeOn,
  switchMap,
  take,
  takeUntil,
  throwError,
  timeout,
  timer,
  using,
  zip,
  combineLatest,
  concatMap,
  exhaustMap,
  catchError,
  finalize,
  repeat,
  shareReplay,
  withLatestFrom,
} from 'rxjs';
import { awaitTeardown, finalizeAsync, group, named, runGroup, runner, settle, stopWhen } from '../src/index.js';
import { run } from './helpers/marbles.js';

type Through = (inner: Observable<string>) => Observable<unknown>;

/** Fails once before it does what `source` does. */
function flaky<T>(source: Observable<T>): Observable<T> {
  let failed = false;
  return defer(() => {
    if (failed) return source;
    failed = true;
    return throwError(() => new Error('once'));
  });
}

/** What stands between a group and the runner whose teardown is to be awaited. */
const ways: [string, Through][] = [
  ['nothing', (inner) => inner],
  ['map', (inner) => inner.pipe(map((value) => value))],
  ['filter', (inner) => inner.pipe(filter(() => true))],
  ['retry', (inner) => flaky(inner).pipe(retry(1))],
  ['retry that has nothing to do', (inner) => inner.pipe(retry({ count: 2, delay: 1 }))],
  ['retry with a delay', (inner) => flaky(inner).pipe(retry({ count: 1, delay: () => of(0) }))],
  ['repeat', (inner) => inner.pipe(repeat(1))],
  ['catchError', (inner) => inner.pipe(catchError(() => EMPTY))],
  ['the fallback of catchError', (inner) => throwError(() => new Error('sad')).pipe(catchError(() => inner))],
  ['share', (inner) => inner.pipe(share())],
  [
    'shareReplay with a count of its subscribers',
    (inner) => inner.pipe(shareReplay({ bufferSize: 1, refCount: true })),
  ],
  ['switchMap', (inner) => of(0).pipe(switchMap(() => inner))],
  [
    'switchMap of a source that goes on',
    (inner) =>
      NEVER.pipe(
        startWith(0),
        switchMap(() => inner),
      ),
  ],
  ['mergeMap', (inner) => of(0).pipe(mergeMap(() => inner))],
  ['concatMap', (inner) => of(0).pipe(concatMap(() => inner))],
  ['exhaustMap', (inner) => of(0).pipe(exhaustMap(() => inner))],
  ['concat, as the first', (inner) => concat(inner, NEVER)],
  ['concat, as the second', (inner) => concat(EMPTY, inner)],
  ['merge', (inner) => merge(NEVER, inner)],
  ['combineLatest', (inner) => combineLatest([inner, NEVER])],
  ['withLatestFrom', (inner) => NEVER.pipe(withLatestFrom(inner))],
  ['zip', (inner) => zip(NEVER, inner)],
  ['race', (inner) => race(inner, NEVER)],
  ['defer', (inner) => defer(() => inner)],
  [
    'using',
    (inner) =>
      using(
        () => ({ unsubscribe: () => undefined }),
        () => inner,
      ),
  ],
  ['take', (inner) => inner.pipe(take(5))],
  ['first', (inner) => inner.pipe(first((value) => value === 'none'))],
  ['takeUntil', (inner) => inner.pipe(takeUntil(NEVER))],
  ['timeout', (inner) => inner.pipe(timeout(1000))],
  ['observeOn', (inner) => inner.pipe(observeOn(queueScheduler))],
  ['expand', (inner) => inner.pipe(expand(() => EMPTY))],
  [
    'expand, as what it expands to',
    (inner) =>
      concat(of('x'), NEVER).pipe(
        expand((_, index) => (index === 0 ? inner : EMPTY)),
        filter((value) => value !== 'x'),
      ),
  ],
  [
    'groupBy',
    (inner) =>
      inner.pipe(
        groupBy((value) => value),
        mergeMap((values) => values),
      ),
  ],
  ['finalize', (inner) => inner.pipe(finalize(() => undefined))],
  ['named', (inner) => inner.pipe(named('x'))],
  ['settle', (inner) => inner.pipe(settle())],
  ['stopWhen', (inner) => inner.pipe(stopWhen(NEVER))],
  ['finalizeAsync', (inner) => inner.pipe(finalizeAsync(() => undefined))],
  ['a runner', (inner) => runner(() => inner)],
  ['a nested group', (inner) => group([inner])],
  ['groups in groups', (inner) => group({ a: group({ b: NEVER, c: group([inner]) }) })],
  ['a stream of runners', (inner) => of(NEVER, inner).pipe(runGroup())],
  [
    'several operators',
    (inner) =>
      inner.pipe(
        map((value) => value),
        retry(1),
        share(),
        take(5),
        settle(),
        share(),
      ),
  ],
];

describe('a teardown behind an operator', () => {
  describe.each(ways)('%s', (_, through) => {
    it('should be awaited when another member ends later', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const e2 = cold(' --------');
        const e2subs = '  ^--!    ';
        const t = cold('     ---| ');
        const tsubs = '   ---^--! ';
        const expected = '------| ';

        const member = through(runner({ run: () => e2, teardown: () => t }));

        expectObservable(group([member, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be awaited when another member ends while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold(' ----');
        const e2subs = '  (^!)';
        const t = cold('  ---|');
        const tsubs = '   ^--!';
        const expected = '---|';

        const member = through(runner({ run: () => e2, teardown: () => t }));

        expectObservable(group([member, EMPTY])).toBe(expected);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have its error counted', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const t = cold('     ---# ', undefined, 'sad');
        const tsubs = '   ---^--! ';
        const expected = '------# ';

        const member = through(runner({ run: () => NEVER, teardown: () => t }));

        expectObservable(group([member, e1])).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have its error counted when another member ends while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('  ---#');
        const tsubs = '   ^--!';
        const expected = '---#';

        const member = through(runner({ run: () => NEVER, teardown: () => t }));

        expectObservable(group([member, EMPTY])).toBe(
          expected,
          undefined,
          expect.objectContaining({ errors: ['error'] }),
        );
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have what a finalizer throws counted', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|');
        const e1subs = '  ^--!';
        const expected = '---#';
        const throwing = NEVER.pipe(
          finalize(() => {
            throw new Error('sad');
          }),
        );

        expectObservable(group([through(throwing), e1])).toBe(
          expected,
          undefined,
          expect.objectContaining({ errors: [new Error('sad')] }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });
  });
});

/** Ways on which the runner is subscribed to a frame later. */
const later: [string, Through][] = [
  ['the fallback of timeout', (inner) => NEVER.pipe(timeout({ first: 1, with: () => inner }))],
  ['retry with a delay', (inner) => flaky(inner).pipe(retry({ count: 1, delay: 1 }))],
  ['switchMap', (inner) => timer(1).pipe(switchMap(() => inner))],
  [
    'switchMap that has moved on',
    (inner) =>
      timer(0, 1).pipe(
        take(2),
        switchMap((index) => (index === 1 ? inner : NEVER)),
      ),
  ],
  ['concat', (inner) => concat(timer(1).pipe(filter(() => false)), inner)],
  ['mergeMap', (inner) => timer(1).pipe(mergeMap(() => inner))],
  [
    'expand',
    (inner) =>
      timer(1).pipe(
        expand((value: unknown) => (value === 0 ? inner : EMPTY)),
        filter((value: unknown) => value !== 0),
      ),
  ],
  [
    'repeat with a delay',
    (inner) =>
      timer(0).pipe(
        mergeMap(() => EMPTY),
        repeat({ count: 2, delay: 1 }),
        (first) => concat(first, inner),
      ),
  ],
  [
    'catchError',
    (inner) =>
      timer(1).pipe(
        mergeMap(() => throwError(() => new Error('sad'))),
        catchError(() => inner),
      ),
  ],
  ['subscribeOn', (inner) => inner.pipe(subscribeOn(asyncScheduler, 1))],
  [
    'a stream of runners',
    (inner) =>
      timer(1).pipe(
        map(() => inner),
        runGroup(),
      ),
  ],
];

describe('a teardown of a runner that was subscribed to later', () => {
  describe.each(later)('%s', (_, through) => {
    it('should be awaited', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const e2 = cold('  -------');
        const e2subs = '  -^-!    ';
        const t = cold('     ---| ');
        const tsubs = '   ---^--! ';
        const expected = '------| ';

        const member = through(runner({ run: () => e2, teardown: () => t }));

        expectObservable(group([member, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have its error counted', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const t = cold('     ---# ', undefined, 'sad');
        const tsubs = '   ---^--! ';
        const expected = '------# ';

        const member = through(runner({ run: () => NEVER, teardown: () => t }));

        expectObservable(group([member, e1])).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });
  });
});

/** Ways on which a member ends as soon as its source does. */
const ending: [string, Through][] = [
  ['nothing', (inner) => inner],
  ['map', (inner) => inner.pipe(map((value) => value))],
  ['share', (inner) => inner.pipe(share())],
  ['switchMap', (inner) => of(0).pipe(switchMap(() => inner))],
  ['concat', (inner) => concat(EMPTY, inner)],
  ['merge', (inner) => merge(EMPTY, inner)],
  ['defer', (inner) => defer(() => inner)],
  ['take', (inner) => inner.pipe(take(1))],
  ['first', (inner) => inner.pipe(first(() => true))],
  ['timeout', (inner) => inner.pipe(timeout(1000))],
  ['race', (inner) => race(inner, NEVER)],
  ['zip', (inner) => zip(inner, concat(of(0), NEVER))],
  ['expand', (inner) => inner.pipe(expand(() => EMPTY))],
  [
    'groupBy',
    (inner) =>
      inner.pipe(
        groupBy((value) => value),
        mergeMap((values) => values),
      ),
  ],
  [
    'using',
    (inner) =>
      using(
        () => ({ unsubscribe: () => undefined }),
        () => inner,
      ),
  ],
  ['observeOn', (inner) => inner.pipe(observeOn(queueScheduler))],
  ['a nested group', (inner) => group([inner, NEVER])],
  ['a runner', (inner) => runner(() => inner)],
  ['settle', (inner) => inner.pipe(settle())],
];

describe('the teardown of a member that ends by itself', () => {
  describe.each(ending)('%s', (_, through) => {
    it('should be awaited when it ends later', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --(a|) ');
        const e1subs = '  ^-!    ';
        const t = cold('    ---| ');
        const tsubs = '   --^--! ';
        const expected = '-----| ';

        const result = group([NEVER, through(e1.pipe(finalizeAsync(() => t)))]).pipe(filter(() => false));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be awaited when it ends while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('  ---|');
        const tsubs = '   ^--!';
        const expected = '---|';

        const result = group([NEVER, through(of('a').pipe(finalizeAsync(() => t)))]).pipe(filter(() => false));

        expectObservable(result).toBe(expected);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have its error counted when it ends later', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --(a|) ');
        const e1subs = '  ^-!    ';
        const t = cold('    ---# ', undefined, 'sad');
        const tsubs = '   --^--! ';
        const expected = '-----# ';

        const result = group([NEVER, through(e1.pipe(finalizeAsync(() => t)))]).pipe(filter(() => false));

        expectObservable(result).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have its error counted when it ends while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('  ---#', undefined, 'sad');
        const tsubs = '   ^--!';
        const expected = '---#';

        const result = group([NEVER, through(of('a').pipe(finalizeAsync(() => t)))]).pipe(filter(() => false));

        expectObservable(result).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });
  });

  it('should be run again by retry when its teardown fails, each time awaited', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  -|     ');
      const e1subs = ['  ^!     ', '---^!  '];
      const t = cold('    --#   ', undefined, 'sad');
      const tsubs = ['   -^-!   ', '----^-!'];
      const expected = ' ------#';

      const result = group([
        NEVER,
        e1.pipe(
          finalizeAsync(() => t),
          retry(1),
        ),
      ]);

      expectObservable(result).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });
});

describe('a hand-written teardown', () => {
  const closing = <T>(work: Observable<T>, teardown: Observable<unknown>): Observable<T> =>
    new Observable((subscriber) => {
      subscriber.add(() => awaitTeardown(teardown));
      work.subscribe(subscriber);
    });
  /** The other ways unsubscribe from a source that ends later before they end themselves: nobody is there to wait. */
  const inTheEnd = [
    'nothing',
    'map',
    'retry',
    'retry with a delay',
    'defer',
    'take',
    'first',
    'timeout',
    'zip',
    'using',
  ];

  const retries: [string, Through][] = [
    ['retry', (inner) => inner.pipe(retry(1))],
    ['retry with a delay', (inner) => inner.pipe(retry({ count: 1, delay: 1 }))],
  ];

  describe.each([...ending, ...retries])('%s', (name, through) => {
    it('should be awaited when the group stops', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|    ');
        const e1subs = '  ^-!    ';
        const t = cold('    ---# ', undefined, 'sad');
        const tsubs = '   --^--! ';
        const expected = '-----# ';

        const result = group([through(closing(NEVER, t)), e1]);

        expectObservable(result).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be awaited when its member ends while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('  ---#', undefined, 'sad');
        const tsubs = '   ^--!';
        const expected = '---#';

        const result = group([NEVER, through(closing(of('a'), t))]).pipe(filter(() => false));

        expectObservable(result).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    if (inTheEnd.includes(name)) {
      it('should be awaited when its member ends later', () => {
        run(({ cold, expectObservable, expectSubscriptions }) => {
          const e1 = cold(' --(a|) ');
          const e1subs = '  ^-!    ';
          const t = cold('    ---# ', undefined, 'sad');
          const tsubs = '   --^--! ';
          const expected = '-----# ';

          const result = group([NEVER, through(closing(e1, t))]).pipe(filter(() => false));

          expectObservable(result).toBe(expected, undefined, expect.objectContaining({ errors: ['sad'] }));
          expectSubscriptions(e1.subscriptions).toBe(e1subs);
          expectSubscriptions(t.subscriptions).toBe(tsubs);
        });
      });
    }
  });
});
