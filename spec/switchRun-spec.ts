import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  from,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  type Subscription,
  switchMap,
  take,
  tap,
  timer,
  type ObservableInput,
} from 'rxjs';
import {
  drain,
  GraceExceededError,
  group,
  named,
  runner,
  settle,
  stopWhen,
  type StopError,
  switchRun,
  type GraceOptions,
  type LifecycleEvent,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';
import { Census, failingToTearDown, failures, tearingDown } from './helpers/teardowns.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

const sad = new Error('sad');

afterEach(() => {
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('switchRun to a value', () => switchRun((value) => of(value)));
itBehavesLikeAnOperator('switchRun to a runner', () => switchRun((value) => runner(() => of(value)), { grace: 5 }));
itBehavesLikeAnOperator('switchRun to an interop observable', () =>
  switchRun(<T>(value: T) => asInterop(of(value)) as unknown as Observable<T>),
);

describe('switchRun', () => {
  it('should start the next when the teardown of the one before has settled, and the latest of those that wait', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('        -a--b-c-d---|    ');
      const e1subs = '        ^-----------!    ';
      const inner = cold('     x-x-x-x|        ');
      const innerSubs = ['    -^--!            ', '---------^------!'];
      const teardown = cold('     -----|       ');
      const teardownSubs = '  ----^----!       ';
      const expected = '      -x-x-----x-x-x-x|';
      const projected: string[] = [];

      const result = e1.pipe(
        switchRun((value) => {
          projected.push(value);
          return runner({ run: () => inner, teardown: () => teardown });
        }),
      );

      expectObservable(result.pipe(tap({ complete: () => expect(projected).toStrictEqual(['a', 'd']) }))).toBe(
        expected,
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(inner.subscriptions).toBe(innerSubs);
      expectSubscriptions(teardown.subscriptions).toBe(teardownSubs);
    });
  });

  describe('as switchMap', () => {
    interface Row {
      readonly title: string;
      readonly e1: string;
      readonly e1subs: string;
      readonly x: string;
      readonly xsubs: string | string[];
      readonly y: string;
      readonly ysubs: string | string[];
      readonly expected: string;
    }

    it.each<Row>([
      {
        title: 'should switch from one inner to the next',
        e1: '      -x---------y------|       ',
        e1subs: '  ^-----------------!       ',
        x: '        -a-b-c-d-e-f-g|          ',
        xsubs: '   -^---------!              ',
        y: '                  --h-i-j|       ',
        ysubs: '   -----------^------!       ',
        expected: '--a-b-c-d-e--h-i-j|       ',
      },
      {
        title: 'should complete when the source has, and then the inner',
        e1: '      -x--|      ',
        e1subs: '  ^---!      ',
        x: '        --a--b--|',
        xsubs: '   -^-------!',
        y: '       |         ',
        ysubs: [] as string[],
        expected: '---a--b--|',
      },
      {
        title: 'should go on forever when the source completes, and the inner does not',
        e1: '      -x--|',
        e1subs: '  ^---!',
        x: '        --a---',
        xsubs: '   -^-----',
        y: '       |   ',
        ysubs: [] as string[],
        expected: '---a---',
      },
      {
        title: 'should go on forever when the inner completes, and the source does not',
        e1: '      -x------',
        e1subs: '  ^-------',
        x: '        --a|  ',
        xsubs: '   -^--!  ',
        y: '       |   ',
        ysubs: [] as string[],
        expected: '---a----',
      },
      {
        title: 'should work with inners that are empty',
        e1: '      -x-y-|    ',
        e1subs: '  ^----!    ',
        x: '        |       ',
        xsubs: '   -(^!)     ',
        y: '          |     ',
        ysubs: '   ---(^!)   ',
        expected: '-----|    ',
      },
      {
        title: 'should err with an inner, and let go of the source',
        e1: '      -x-----y--|',
        e1subs: '  ^---!      ',
        x: '        --a#     ',
        xsubs: '   -^--!     ',
        y: '       |         ',
        ysubs: [] as string[],
        expected: '---a#     ',
      },
      {
        title: 'should err with an inner that errs at once',
        e1: '      -x-----y--|',
        e1subs: '  ^!         ',
        x: '        #        ',
        xsubs: '   -(^!)      ',
        y: '       |         ',
        ysubs: [] as string[],
        expected: '-#         ',
      },
      {
        title: 'should err with the source, and let go of the inner',
        e1: '      -x---#',
        e1subs: '  ^----!',
        x: '        -a-b-c-d-',
        xsubs: '   -^---!',
        y: '       |         ',
        ysubs: [] as string[],
        expected: '--a-b#',
      },
      {
        title: 'should switch before the values that both have in one frame',
        e1: '      -x---y----|',
        e1subs: '  ^---------!',
        x: '        -a-b-c-d-',
        xsubs: '   -^---!',
        y: '            -h-i|',
        ysubs: '   -----^---!',
        expected: '--a-b-h-i-|',
      },
    ])('$title', (row) => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot(row.e1);
        const inners: Record<string, ReturnType<typeof cold>> = { x: cold(row.x), y: cold(row.y) };

        const result = e1.pipe(switchRun((value) => inners[value] ?? EMPTY));

        expectObservable(result).toBe(row.expected);
        expectSubscriptions(e1.subscriptions).toBe(row.e1subs);
        expectSubscriptions(inners.x?.subscriptions ?? []).toBe(row.xsubs);
        expectSubscriptions(inners.y?.subscriptions ?? []).toBe(row.ysubs);
      });
    });
  });

  describe('project', () => {
    it('should be given each value that gets its turn, and the index of that value', () => {
      run(({ cold, hot, flush }) => {
        const calls: unknown[] = [];
        const result = hot('a-b-c-d-----e').pipe(
          switchRun((value, index) => {
            calls.push([value, index]);
            return NEVER.pipe(tearingDown(cold('-----|')));
          }),
        );

        result.subscribe();
        flush();

        expect(calls).toStrictEqual([
          ['a', 0],
          ['d', 3],
          ['e', 4],
        ]);
      });
    });

    it('should count from 0 for each subscription', () => {
      const calls: unknown[] = [];
      const result = of('a', 'b').pipe(
        switchRun((value, index) => {
          calls.push([value, index]);
          return EMPTY;
        }),
      );

      result.subscribe();
      result.subscribe();

      expect(calls).toStrictEqual([
        ['a', 0],
        ['b', 1],
        ['a', 0],
        ['b', 1],
      ]);
    });

    it('should end it with what it throws, when the source is let go of', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --x---y--|');
        const e1subs = '  ^-!       ';
        const expected = '--#       ';

        const result = e1.pipe(
          switchRun(() => {
            throw sad;
          }),
        );

        expectObservable(result).toBe(expected, undefined, sad);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should wait for the teardown of the one before, though it throws for the next', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('    --x---y--z---|');
        const e1subs = '    ^--------!    ';
        const inner = cold('  a-b-c-d     ');
        const innerSubs = ' --^---!       ';
        const t1 = cold('         ---|    ');
        const t1subs = '    ------^--!    ';
        const expected = '  --a-b----#    ';

        const result = e1.pipe(
          switchRun((value) => {
            if (value !== 'x') throw sad;
            return inner.pipe(tearingDown(t1));
          }),
        );

        expectObservable(result).toBe(expected, undefined, sad);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(inner.subscriptions).toBe(innerSubs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it.each<{ kind: string; input: () => ObservableInput<string> }>([
      { kind: 'an Observable', input: () => of('a', 'b') },
      { kind: 'an array', input: () => ['a', 'b'] },
      { kind: 'an iterable', input: () => new Set(['a', 'b']) },
      { kind: 'an async iterable', input: () => oneByOne('a', 'b') },
      { kind: 'an interop observable', input: () => asInterop(of('a', 'b')) },
      { kind: 'a readable stream', input: () => streamOf('a', 'b') },
    ])('should return $kind', async ({ input }) => {
      await expect(valuesOf(of('x').pipe(switchRun(input)))).resolves.toStrictEqual(['a', 'b']);
    });

    it('should return a promise', async () => {
      await expect(valuesOf(of('x').pipe(switchRun(() => Promise.resolve('a'))))).resolves.toStrictEqual(['a']);
      await expect(valuesOf(of('x').pipe(switchRun(() => Promise.reject(sad))))).rejects.toBe(sad);
    });

    it('should not hear of a promise that rejects when it has been switched from', async () => {
      const reported = unhandled();
      let reject: (error: unknown) => void = () => undefined;
      const rejecting = new Promise<string>((_, fail) => (reject = fail));
      const source = new Subject<Promise<string>>();

      const values = valuesOf(source.pipe(switchRun((promise) => promise)));
      source.next(rejecting);
      source.next(Promise.resolve('a'));
      reject(sad);
      source.complete();

      await expect(values).resolves.toStrictEqual(['a']);
      await afterReports();
      expect(reported).toStrictEqual([]);
    });

    it('should end it with a TypeError when it returns nothing that can be run', () => {
      const errors: unknown[] = [];

      of('x')
        .pipe(switchRun(() => 5 as unknown as Observable<never>))
        .subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
    });

    it('should not make it wait for a stranger that it unsubscribes', () => {
      run(({ cold, hot, expectObservable }) => {
        const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();
        const e1 = hot('  -x---y-|  ');
        const expected = '--a---a-a|';

        const result = e1.pipe(
          switchRun((value) => {
            if (value === 'y') stranger.unsubscribe();
            return cold(value === 'x' ? '-a--------' : '-a-a|');
          }),
        );

        expectObservable(result).toBe(expected);
        expect(stranger.closed).toBe(false);
      });
    });

    it('should unsubscribe the result, and nothing is run', () => {
      const log: string[] = [];
      const logged = logging(log);
      const source = new Subject<string>();
      const subscription: Subscription = source
        .pipe(
          switchRun(() => {
            subscription.unsubscribe();
            return runner({ run: () => logged('run'), teardown: () => void log.push('teardown') });
          }),
        )
        .subscribe({ complete: () => log.push('complete') });

      source.next('x');

      expect(log).toStrictEqual([]);
      expect(source.observed).toBe(false);
    });
  });

  describe('a source that is re-entrant', () => {
    it('should run the last value, when project emits', () => {
      run(({ cold, expectObservable }) => {
        const census = new Census();
        const source = new Subject<string>();
        const projected: string[] = [];
        cold('              -x').subscribe((value) => source.next(value));

        const result = source.pipe(
          switchRun((value) => {
            projected.push(value);
            if (value === 'x') ['y', 'z'].forEach((next) => source.next(next));
            return census.count(cold('-a-a', { a: value }), cold('--|'));
          }),
        );

        // x is told to stop while it is being made; it is torn down before z begins
        expectObservable(result).toBe('----z-z');
        cold('-------|').subscribe({
          complete: () => expect([projected, census.most]).toStrictEqual([['x', 'z'], 1]),
        });
      });
    });

    it('should run the last value, when an inner emits while it is being subscribed', () => {
      run(({ cold, expectObservable }) => {
        const source = new Subject<string>();
        const inner = (value: string): Observable<string> =>
          new Observable<string>((subscriber) => {
            subscriber.next(value);
            if (value === 'x') source.next('y');
            subscriber.next(value);
          }).pipe(tearingDown(cold('--|')));
        cold('-x').subscribe((value) => source.next(value));

        expectObservable(source.pipe(switchRun(inner))).toBe('-x-(yy)');
      });
    });

    it('should run the last value, when the teardown of an inner emits', () => {
      run(({ cold, hot, expectObservable }) => {
        const more = new Subject<string>();
        const projected: string[] = [];
        const e1 = hot('-x--y').pipe(tap((value) => more.next(value)));
        const source = new Observable<string>((subscriber) => {
          subscriber.add(more.subscribe(subscriber));
          subscriber.add(e1.subscribe());
        });

        const result = source.pipe(
          switchRun((value) => {
            projected.push(value);
            return cold('a-a-a', { a: value }).pipe(
              tearingDown(() => {
                if (value === 'x') more.next('z');
                return cold('--|');
              }),
            );
          }),
        );

        expectObservable(result).toBe('-x-x--z-z-z');
        cold('-----------|').subscribe({ complete: () => expect(projected).toStrictEqual(['x', 'z']) });
      });
    });

    it('should run the last value, when a handler emits', () => {
      const source = new Subject<number>();
      const log: unknown[] = [];

      source.pipe(switchRun((value) => of(value, value))).subscribe({
        next: (value) => {
          log.push(value);
          if (value < 3) source.next(value + 1);
        },
        complete: () => log.push('complete'),
      });
      source.next(1);
      source.complete();

      expect(log).toStrictEqual([1, 2, 3, 3, 'complete']);
    });
  });

  it('should stop a synchronous inner as soon as downstream has had enough', () => {
    const emitted: number[] = [];
    const received: number[] = [];

    of('x')
      .pipe(
        switchRun(() => firehose(emitted, 100_000)),
        take(3),
      )
      .subscribe((value) => received.push(value));

    expect([emitted, received]).toStrictEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  it('should stop a synchronous inner as soon as there is a next value', () => {
    const emitted: number[] = [];
    const source = new Subject<string>();

    source.pipe(switchRun((value) => (value === 'x' ? firehose(emitted, 100_000) : EMPTY))).subscribe((count) => {
      if (count === 2) source.next('y');
    });
    source.next('x');

    expect(emitted).toStrictEqual([0, 1, 2]);
  });

  it('should start again what ends while it is being subscribed, without recursion', () => {
    let runs = 0;

    from(Array.from({ length: 100_000 }, (_, index) => index))
      .pipe(switchRun((value) => of(value)))
      .subscribe(() => runs++);

    expect(runs).toBe(100_000);
  });

  it('should call project twice for a burst of 10,000 values while a teardown is pending', () => {
    const release = new Subject<void>();
    const source = new Subject<number>();
    const projected: number[] = [];
    source
      .pipe(
        switchRun((value) => {
          projected.push(value);
          return NEVER.pipe(tearingDown(release));
        }),
      )
      .subscribe();

    for (let value = 1; value <= 10_000; value++) source.next(value);
    release.complete();

    expect(projected).toStrictEqual([1, 10_000]);
  });

  it('should not keep the values of a burst: as much heap after 10,000 as after 1,000', () => {
    const file = fileURLToPath(new URL('./fixtures/switch-burst.ts', import.meta.url));

    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' });

    expect(stderr).toBe('');
    const { after1000, after10000, projected } = JSON.parse(stdout) as Record<string, number>;
    expect(projected).toBe(2);
    expect(Number(after10000) / Number(after1000)).toBeLessThan(1.05);
  });

  describe('stopped', () => {
    it('should tear down the source and the inner, and make whoever unsubscribes wait for both', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('     -x---------y');
        const e1subs = '     ^----!      ';
        const inner = cold('  -a-b-c-d-e ');
        const innerSubs = '  -^---!      ';
        const ofSource = cold('    -|    ');
        const ofInner = cold('     ---|  ');
        const expected = '   --a-b---|   ';

        const result = e1.pipe(
          tearingDown(ofSource),
          switchRun(() => inner.pipe(tearingDown(ofInner))),
          stopWhen(cold('    -----x')),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(inner.subscriptions).toBe(innerSubs);
        expectSubscriptions(ofSource.subscriptions).toBe('-----^!');
        expectSubscriptions(ofInner.subscriptions).toBe(' -----^--!');
      });
    });

    it('should not start the one that waits, ever', () => {
      run(({ cold, hot, expectObservable }) => {
        const projected: string[] = [];
        const e1 = hot('  -x-y-----z');
        const expected = '-------|   ';

        const result = e1.pipe(
          switchRun((value) => {
            projected.push(value);
            return NEVER.pipe(tearingDown(cold('----|')));
          }),
          stopWhen(cold(' ----x')),
        );

        expectObservable(result).toBe(expected);
        cold('----------|').subscribe({ complete: () => expect(projected).toStrictEqual(['x']) });
      });
    });

    it('should make a scope wait for the teardown that a switch has begun', () => {
      run(({ cold, hot, expectObservable }) => {
        const e1 = hot('-x-y');
        const subscription = e1.pipe(switchRun(() => NEVER.pipe(tearingDown(cold('------|'))))).subscribe();

        expectObservable(timer(5).pipe(switchMap(() => drain(subscription)))).toBe('---------(d|)', { d: undefined });
      });
    });

    it('should tear down once, whoever stops it, and how often', () => {
      const log: string[] = [];
      const source = new Subject<string>();
      const subscription: Subscription = source
        .pipe(
          switchRun(() =>
            runner({
              run: () => NEVER,
              teardown: () => {
                log.push('teardown');
                subscription.unsubscribe();
                source.next('y');
              },
            }),
          ),
        )
        .subscribe();
      source.next('x');

      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(log).toStrictEqual(['teardown']);
    });

    it('should tell the inner why: because of what stopped it, and of nothing else when it is switched', () => {
      const reasons: StopError[] = [];
      const source = new Subject<string>();
      const stop = new AbortController();
      source
        .pipe(
          switchRun(() => runner({ run: () => NEVER, teardown: ({ reason }) => void reasons.push(reason) })),
          stopWhen(stop.signal),
        )
        .subscribe();

      source.next('x');
      source.next('y');
      stop.abort(sad);

      expect(reasons.map(({ name, cause }) => [name, cause])).toStrictEqual([
        ['AbortError', undefined],
        ['AbortError', sad],
      ]);
    });

    it('should stop while the source is being subscribed', () => {
      const stop = new Subject<void>();
      const log: string[] = [];
      const logged = logging(log);
      const source = new Observable<string>((subscriber) => {
        subscriber.next('x');
        stop.next();
        subscriber.next('y');
      });

      source
        .pipe(
          switchRun((value) => runner({ run: () => logged(`run ${value}`), teardown: () => void log.push('down') })),
          stopWhen(stop),
        )
        .subscribe({ complete: () => log.push('complete') });

      expect(log).toStrictEqual(['run x', 'down', 'complete']);
    });

    it('should not subscribe to the source when its subscriber was closed before, and settle', () => {
      const stop = new Subject<void>();
      const log: string[] = [];
      let subscriptions = 0;
      const source = defer(() => {
        subscriptions++;
        return NEVER;
      });

      defer(() => {
        stop.next();
        return source.pipe(switchRun(() => EMPTY));
      })
        .pipe(stopWhen(stop))
        .subscribe({ complete: () => log.push('complete') });

      expect([log, subscriptions]).toStrictEqual([['complete'], 0]);
    });
  });

  describe('failures', () => {
    it('should pass on the failure of a teardown in mid-switch once, as one of a teardown, and start nothing', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('     -x--y----z');
        const e1subs = '     ^-----!   ';
        const inner = cold('  -a-b-c   ');
        const innerSubs = '  -^--!      ';
        const expected = '   --a---(f|) ';

        const result = e1.pipe(switchRun(() => inner.pipe(tearingDown(cold('--#', undefined, sad)))));

        expectObservable(group({ api: result }).pipe(failures)).toBe(expected, {
          a: 'a',
          f: [{ path: ['api'], phase: 'teardown', error: sad }],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(inner.subscriptions).toBe(innerSubs);
      });
    });

    it('should pass it on as it is outside a group', () => {
      const errors: unknown[] = [];
      const source = new Subject<string>();
      source
        .pipe(switchRun(() => NEVER.pipe(failingToTearDown(sad))))
        .subscribe({ error: (error: unknown) => errors.push(error) });

      source.next('x');
      source.next('y');

      expect(errors).toHaveLength(1);
      expect(errors[0]).toBe(sad);
    });

    it('should count every finalizer that throws, and the error of the source first', () => {
      run(({ hot, cold, expectObservable }) => {
        const e1 = hot('-x-#', undefined, 'source');

        const result = e1.pipe(
          switchRun(() => NEVER.pipe(failingToTearDown('first'), failingToTearDown('second'), tearingDown(cold('-#')))),
        );

        expectObservable(result.pipe(failures)).toBe('----(f|)', {
          f: [
            { path: [], phase: 'run', error: 'source' },
            { path: [], phase: 'teardown', error: 'first' },
            { path: [], phase: 'teardown', error: 'second' },
            { path: [], phase: 'teardown', error: 'error' },
          ],
        });
      });
    });

    it('should wait for the teardown of the inner when the source errs, and of the source when the inner errs', () => {
      run(({ cold, hot, expectObservable }) => {
        const inner = NEVER.pipe(tearingDown(cold('---|')));
        expectObservable(hot('-x-#').pipe(switchRun(() => inner))).toBe('------#');

        const e1 = hot('-x---').pipe(tearingDown(cold('---|')));
        expectObservable(e1.pipe(switchRun(() => cold('--#')))).toBe('------#');
      });
    });

    it('should stop the inner when the teardown of the source fails, though the source had completed', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('     -x-|').pipe(tearingDown(cold('-#', undefined, sad)));
        const inner = cold('  a-a-a-a');
        const innerSubs = '  -^--!';
        const expected = '   -a-a#';

        expectObservable(e1.pipe(switchRun(() => inner))).toBe(expected, undefined, sad);
        expectSubscriptions(inner.subscriptions).toBe(innerSubs);
      });
    });

    it('should report what fails when nobody waits any more', async () => {
      const errors = unhandled();
      const source = new Subject<string>();
      const release = new Subject<void>();
      const subscription = source.pipe(switchRun(() => NEVER.pipe(tearingDown(release)))).subscribe();
      source.next('x');
      source.next('y');

      subscription.unsubscribe();
      release.error(sad);
      await afterReports();

      expect(errors).toStrictEqual([sad]);
    });
  });

  describe('grace', () => {
    const switching = (
      helpers: Pick<Parameters<Parameters<typeof run>[0]>[0], 'cold' | 'hot'>,
      source: string,
      teardown: string,
      options: GraceOptions,
    ): { readonly result: Observable<string>; readonly projected: string[] } => {
      const projected: string[] = [];
      const result = helpers.hot(source).pipe(
        switchRun((value) => {
          projected.push(value);
          return concat(of(value), NEVER).pipe(tearingDown(helpers.cold(teardown)));
        }, options),
      );
      return { result, projected };
    };

    it('should limit the wait in mid-switch; nothing is started any more, however late the teardown settles', () => {
      run((helpers) => {
        const { result, projected } = switching(helpers, '-x-y------z', '-------|', { grace: 3 });

        helpers.expectObservable(result).toBe('-x----#', undefined, new GraceExceededError([], 3));
        helpers.cold('------------|').subscribe({ complete: () => expect(projected).toStrictEqual(['x']) });
      });
    });

    it('should limit the wait for the teardown of an inner that has ended by itself', () => {
      run(({ cold, hot, expectObservable }) => {
        const result = hot('-x---').pipe(switchRun(() => cold('-|').pipe(tearingDown(NEVER)), { grace: 3 }));

        expectObservable(result).toBe('-----#', undefined, new GraceExceededError([], 3));
      });
    });

    it('should be over with the first value of an Observable, or its completion', () => {
      run((helpers) => {
        const grace = helpers.cold('--x-x');
        const empty = helpers.cold('----|');

        helpers
          .expectObservable(switching(helpers, '-x-y------z', '-------|', { grace }).result)
          .toBe('-x---#', undefined, new GraceExceededError([], grace));
        helpers
          .expectObservable(switching(helpers, '-x-y------z', '-------|', { grace: empty }).result)
          .toBe('-x-----#', undefined, new GraceExceededError([], empty));
        helpers.expectSubscriptions(grace.subscriptions).toBe('---^-!');
        helpers.expectSubscriptions(empty.subscriptions).toBe('---^---!');
      });
    });

    it('should not begin again when what runs has settled before the source', () => {
      run(({ cold, hot, expectObservable }) => {
        const result = hot('-x---').pipe(
          tearingDown(NEVER),
          switchRun(() => NEVER.pipe(tearingDown(cold('-|'))), { grace: 3 }),
          stopWhen(cold('--x')),
        );

        expectObservable(result).toBe('-----#', undefined, new GraceExceededError([], 3));
      });
    });

    it('should be an error of its own when it errs, and over', () => {
      run((helpers) => {
        const grace = helpers.cold('--#', undefined, sad);
        const { result } = switching(helpers, '-x-y------z', '-------|', { grace });

        helpers.expectObservable(result.pipe(failures)).toBe('-x---(f|)', {
          x: 'x',
          f: [
            { path: [], phase: 'grace', error: sad },
            { path: [], phase: 'grace', error: new GraceExceededError([], grace) },
          ],
        });
      });
    });

    it('should be let go of when the teardown settles in time, and begin anew for the next', () => {
      run((helpers) => {
        const grace = helpers.cold('---x');
        const { result } = switching(helpers, '-x-y---z', '--|', { grace });

        helpers.expectObservable(result).toBe('-x---y---z');
        helpers.expectSubscriptions(grace.subscriptions).toBe(['---^-!', '-------^-!']);
      });
    });

    it('should not wait in mid-switch when it is 0, which is no error', () => {
      run((helpers) => {
        const { result } = switching(helpers, '-x-y--z', '-------|', { grace: 0 });

        helpers.expectObservable(result).toBe('-x-y--z');
      });
    });

    it('should report the late failure of a teardown that it did not wait for, when it is 0', async () => {
      const errors = unhandled();
      const source = new Subject<string>();
      const release = new Subject<void>();
      const log: unknown[] = [];
      source
        .pipe(switchRun((value) => (value === 'x' ? NEVER.pipe(tearingDown(release)) : NEVER), { grace: 0 }))
        .subscribe({ error: (error: unknown) => log.push(error) });

      source.next('x');
      source.next('y');
      release.error(sad);
      await afterReports();

      expect([log, errors]).toStrictEqual([[], [sad]]);
    });

    it('should abort the signal of the teardown when it is over, also when it is 0', () => {
      const aborted: string[] = [];
      const source = new Subject<string>();
      source
        .pipe(
          switchRun(
            (value) =>
              runner({
                run: () => NEVER,
                teardown: ({ signal }) => {
                  signal.addEventListener('abort', () => aborted.push(value));
                  return NEVER;
                },
              }),
            { grace: 0 },
          ),
        )
        .subscribe();

      source.next('x');
      source.next('y');

      expect(aborted).toStrictEqual(['x']);
      expectLeftRunning(2);
    });

    it('should limit the wait when it is stopped, from then on, also while a grace period of a switch runs', () => {
      run((helpers) => {
        const { result } = switching(helpers, '-x-y------z', '---------|', { grace: 4 });
        const source = result.pipe(failures);
        const { result: stopped } = switching(helpers, '-x-y------z', '---------|', { grace: 4 });

        helpers.expectObservable(source).toBe('-x-----(g|)', { x: 'x', g: new GraceExceededError([], 4) });
        // 3 + 4 would be 7; the stop at 5 gives it 4 more
        helpers
          .expectObservable(stopped.pipe(stopWhen(helpers.cold('-----x')), failures))
          .toBe('-x-------(g|)', { x: 'x', g: new GraceExceededError([], 4) });
      });
    });

    it('should end at once when it is stopped and 0', () => {
      run((helpers) => {
        const { result } = switching(helpers, '-x-y------z', '---------|', { grace: 0 });

        helpers.expectObservable(result.pipe(stopWhen(helpers.cold('-----x')))).toBe('-x-y-|');
      });
    });

    it('should have no limit when it is Infinity', () => {
      run((helpers) => {
        const { result } = switching(helpers, '-x-y------z', '---------|', { grace: Infinity });

        helpers.expectObservable(result).toBe('-x----------z');
      });
    });

    it.each([-1, NaN, '5', true, {}, null])('should refuse %p at the call', (grace) => {
      expect(() => switchRun(() => NEVER, { grace } as GraceOptions)).toThrow(
        /^switchRun: 'grace' must be milliseconds \(0 or more\) or an ObservableInput, got /,
      );
    });
  });

  it.each([undefined, null, 5, 'x', {}, NEVER])('should refuse %p as project', (project) => {
    const call = (): unknown => switchRun(project as () => Observable<never>);

    expect(call).toThrow(TypeError);
    expect(call).toThrow(/^switchRun: the project must be a function, got /);
  });

  describe('in a group', () => {
    it('should have the events of a nested group as often as it runs, and be ready once', () => {
      run(({ cold, hot, flush }) => {
        const events: string[] = [];
        const inner = (value: string): Observable<unknown> =>
          group({
            [value]: runner({
              run: ({ ready }) =>
                timer(1).pipe(
                  tap(ready),
                  mergeMap(() => NEVER),
                ),
              teardown: () => cold('--|'),
            }),
          });

        group(
          { config: hot('-x---y').pipe(switchRun(inner)) },
          {
            lifecycle: { next: ({ at, type, path }: LifecycleEvent) => events.push(`${at} ${path.join('/')} ${type}`) },
          },
        ).subscribe();
        flush();

        expect(events).toStrictEqual([
          '0 config starting',
          '1 config/x starting',
          '2 config/x ready',
          '2 config ready',
          '5 config/x stopping',
          '7 config/x stopped',
          '7 config/y starting',
          '8 config/y ready',
        ]);
      });
    });

    it('should be ready with the runner that says so, though that is not the first one', () => {
      run(({ hot, flush }) => {
        const events: string[] = [];
        const inner = (value: string): Observable<unknown> =>
          runner(({ ready }) => {
            if (value === 'y') ready();
            return NEVER;
          });

        group(
          { config: hot('-x---y').pipe(switchRun(inner)) },
          { lifecycle: { next: ({ at, type }: LifecycleEvent) => events.push(`${at} ${type}`) } },
        ).subscribe();
        flush();

        expect(events).toStrictEqual(['0 starting', '5 ready']);
      });
    });

    it('should leave the readiness to a runner around it', () => {
      run(({ flush }) => {
        const events: string[] = [];
        const inner = runner(({ ready }) => {
          ready();
          return NEVER;
        });
        const around = runner(({ ready }) => {
          timer(5).subscribe(ready);
          return of('x').pipe(switchRun(() => inner));
        });

        group(
          { config: around },
          { lifecycle: { next: ({ at, type }: LifecycleEvent) => events.push(`${at} ${type}`) } },
        ).subscribe();
        flush();

        expect(events).toStrictEqual(['0 starting', '5 ready']);
      });
    });

    it('should keep the name of the member in its failures, whichever run it is', () => {
      run(({ cold, hot, expectObservable }) => {
        const result = hot('-x---y').pipe(
          switchRun((value) => (value === 'x' ? NEVER : group({ db: cold('-#', undefined, sad) }))),
          named('config'),
        );

        expectObservable(group([result]).pipe(failures)).toBe('------(f|)', {
          f: [{ path: ['config', 'db'], phase: 'run', error: sad }],
        });
      });
    });
  });

  it('should not make it wait for a stranger that a handler unsubscribes', () => {
    run(({ cold, hot, expectObservable }) => {
      const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();

      const result = hot('-x-|').pipe(
        switchRun(() => cold('-a-a|')),
        tap(() => stranger.unsubscribe()),
      );

      expectObservable(result).toBe('--a-a|');
    });
  });

  it('should let settle, and a plain switchMap downstream, wait as for any other source', () => {
    run(({ cold, hot, expectObservable }) => {
      const inner = cold('-a-a-a').pipe(tearingDown(cold('---|')));

      expectObservable(
        hot('-x').pipe(
          switchRun(() => inner),
          take(2),
          settle(),
        ),
      ).toBe('--a-a--|');
    });
  });

  it('should let go of the source and of the inner', () => {
    const [source, inner] = [new Subject<string>(), new Subject<string>()];
    const subscription = source.pipe(switchRun(() => inner)).subscribe();
    source.next('x');
    const during = [source.observed, inner.observed];

    subscription.unsubscribe();

    expect([during, source.observed, inner.observed]).toStrictEqual([[true, true], false, false]);
  });

  it('should finalize an inner before it starts the next, and the source before the sink', () => {
    const log: string[] = [];
    const source = new Subject<string>();
    source
      .pipe(
        finalize(() => log.push('source')),
        switchRun((value) =>
          defer(() => {
            log.push(`start ${value}`);
            return NEVER;
          }).pipe(finalize(() => log.push(`finalize ${value}`))),
        ),
        finalize(() => log.push('sink')),
      )
      .subscribe({ error: () => log.push('error') });

    source.next('x');
    source.next('y');
    source.error(sad);

    expect(log).toStrictEqual(['start x', 'finalize x', 'start y', 'source', 'finalize y', 'error', 'sink']);
  });

  it('should ignore what comes after the end', () => {
    run(({ expectObservable }) => {
      const source = new Observable<string>((subscriber) => {
        subscriber.next('x');
        const late = [() => subscriber.error(sad), () => subscriber.next('y'), () => subscriber.complete()];
        for (const notify of late) notify();
      });

      expectObservable(source.pipe(switchRun((value) => of(value)))).toBe('(x#)', undefined, sad);
    });
  });

  it('should never have two alive, tear each down once, and run the last value, whatever comes when', () => {
    const step = fc.record({
      after: fc.nat(4),
      lasts: fc.option(fc.nat(6)),
      teardown: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.option(fc.nat(30)), (steps, unsubscribeAt) => {
        run(({ cold, flush }) => {
          const census = new Census();
          const projected: number[] = [];
          let log = '';
          const values = concat(...steps.map(({ after }, index) => timer(after).pipe(map(() => index))));
          const subscription = values
            .pipe(
              switchRun((index) => {
                projected.push(index);
                const { lasts, teardown } = steps[index] ?? { lasts: 0, teardown: 0 };
                return census.count(lasts === null ? NEVER : timer(lasts), cold('-'.repeat(teardown) + '|'));
              }),
            )
            .subscribe({ complete: () => (log += 'complete'), error: () => (log += 'error') });
          if (unsubscribeAt !== null) timer(unsubscribeAt).subscribe(() => subscription.unsubscribe());
          flush();

          expect(census.most).toBeLessThanOrEqual(1);
          expect(census.born).toBe(projected.length);
          expect(projected).toStrictEqual([...projected].sort((left, right) => left - right));
          const endless = steps.at(-1)?.lasts === null;
          const whole = unsubscribeAt === null;
          expect(whole ? projected.at(-1) : steps.length - 1).toBe(steps.length - 1);
          expect(census.alive).toBe(whole && endless ? 1 : 0);
          expect(whole ? log : 'complete').toBe(whole && endless ? '' : 'complete');
        });
      }),
    );
  });
});

function logging(log: string[]): (entry: string) => Observable<never> {
  return (entry) => {
    log.push(entry);
    return NEVER;
  };
}

async function* oneByOne<T>(...values: T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

function streamOf<T>(...values: T[]): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      values.forEach((value) => controller.enqueue(value));
      controller.close();
    },
  });
}

function valuesOf<T>(source: Observable<T>): Promise<T[]> {
  const values: T[] = [];
  return new Promise((resolve, reject) => {
    source.subscribe({ next: (value) => values.push(value), error: reject, complete: () => resolve(values) });
  });
}
