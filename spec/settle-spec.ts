import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  asyncScheduler,
  catchError,
  concat,
  config,
  elementAt,
  finalize,
  find,
  first,
  map,
  merge,
  NEVER,
  Observable,
  of,
  race,
  repeat,
  retry,
  startWith,
  Subject,
  switchMap,
  take,
  takeUntil,
  takeWhile,
  tap,
  timeout,
  type MonoTypeOperatorFunction,
  type ObservableInput,
} from 'rxjs';
import {
  awaitTeardown,
  finalizeAsync,
  GraceExceededError,
  group,
  RunGroupError,
  runGroup,
  settle,
  StopError,
  stopWhen,
  type GraceOptions,
  type TeardownContext,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';

/** Gives a source a teardown that is awaited. */
function tearingDown<T>(work: Parameters<typeof awaitTeardown>[0]): MonoTypeOperatorFunction<T> {
  return finalize(() => awaitTeardown(work));
}

/** The next errors that nobody handled. */
function unhandledErrors(count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const errors: unknown[] = [];
    config.onUnhandledError = (error) => {
      errors.push(error);
      if (errors.length === count) resolve(errors);
    };
  });
}

afterEach(() => {
  config.onUnhandledError = null;
  jest.useRealTimers();
});

itBehavesLikeAnOperator('settle', () => settle());
itBehavesLikeAnOperator('settle with a grace period', () => settle({ grace: 5 }));

describe('settle', () => {
  it('should not be waited for when its subscriber was closed before it was subscribed', () => {
    const log: string[] = [];
    const e1 = new Observable<string>((subscriber) => {
      subscriber.unsubscribe();
      NEVER.pipe(settle()).subscribe(subscriber);
    });

    group([e1]).subscribe({ complete: () => log.push('complete') });

    expect(log).toStrictEqual(['complete']);
  });

  it('should hold back the completion until the teardown has settled', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--b--c--d--');
      const e1subs = '  ^----!        ';
      const t1 = cold('      ---|     ');
      const t1subs = '  -----^--!     ';
      const expected = '--a--b--|     ';

      const result = e1.pipe(tearingDown(t1), take(2), settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should hold back the completion of a source that ends by itself', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--|   ');
      const e1subs = '  ^----!   ';
      const t1 = cold('      ---|');
      const t1subs = '  -----^--!';
      const expected = '--a-----|';

      const result = e1.pipe(tearingDown(t1), settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should hold back the error until the teardown has settled', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--#   ');
      const e1subs = '  ^----!   ';
      const t1 = cold('      ---|');
      const t1subs = '  -----^--!';
      const expected = '--a-----#';

      const result = e1.pipe(tearingDown(t1), settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should ignore the values of the teardown', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--|     ');
      const e1subs = '  ^----!     ';
      const t1 = cold('      -x-y-|');
      const t1subs = '  -----^----!';
      const expected = '--a-------|';

      const result = e1.pipe(tearingDown(t1), settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should wait for the slowest of several teardowns, which run at the same time', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--|       ');
      const e1subs = '  ^----!       ';
      const t1 = cold('      -|      ');
      const t1subs = '  -----^!      ';
      const t2 = cold('      ------| ');
      const t2subs = '  -----^-----! ';
      const t3 = cold('      ---|    ');
      const t3subs = '  -----^--!    ';
      const expected = '--a--------| ';

      const result = e1.pipe(tearingDown(t1), tearingDown(t2), tearingDown(t3), settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
      expectSubscriptions(t2.subscriptions).toBe(t2subs);
      expectSubscriptions(t3.subscriptions).toBe(t3subs);
    });
  });

  it('should wait forever for a teardown that never settles', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--|');
      const e1subs = '  ^----!';
      const t1 = cold('      -');
      const t1subs = '  -----^';
      const expected = '--a---';

      const result = e1.pipe(tearingDown(t1), settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should wait for a promise', async () => {
    const log: unknown[] = [];
    const work = Promise.resolve().then(() => log.push('torn down'));

    await new Promise<void>((resolve) => {
      of('a')
        .pipe(tearingDown(work), settle())
        .subscribe({
          next: (value) => log.push(value),
          complete: () => {
            log.push('complete');
            resolve();
          },
        });
      log.push('subscribed');
    });

    expect(log).toStrictEqual(['a', 'subscribed', 'torn down', 'complete']);
  });

  describe('after an operator that ends early', () => {
    it.each<{ name: string; operator: MonoTypeOperatorFunction<string> }>([
      { name: 'take', operator: take(1) },
      { name: 'first', operator: first() },
      { name: 'first with a predicate', operator: first((value) => value === 'a') },
      { name: 'elementAt', operator: elementAt(0) },
      { name: 'find', operator: (source) => source.pipe(find((value) => value === 'a')) as Observable<string> },
      { name: 'takeWhile', operator: takeWhile((value) => value !== 'a', true) },
    ])('should wait after $name', ({ operator }) => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^-!        ';
        const t1 = cold('   ---|     ');
        const t1subs = '  --^--!     ';
        const expected = '--a--|     ';

        const result = e1.pipe(tearingDown(t1), operator, settle());

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should wait after takeUntil', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^---!      ';
        const e2 = hot('  ----x      ');
        const e2subs = '  ^---!      ';
        const t1 = cold('     ---|   ');
        const t1subs = '  ----^--!   ';
        const expected = '--a----|   ';

        const result = e1.pipe(tearingDown(t1), takeUntil(e2)).pipe(settle());

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should wait after timeout', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a-----b--   ');
        const e1subs = '  ^----!        ';
        const t1 = cold('      ---|     ');
        const t1subs = '  -----^--!     ';
        const expected = '--a-----(x|)  ';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          timeout({ each: 3 }),
          settle(),
          catchError((error: unknown) => of((error as Error).name)),
        );

        expectObservable(result).toBe(expected, { a: 'a', x: 'TimeoutError' });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should wait after first that finds nothing', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--|        ');
        const e1subs = '  ^----!        ';
        const t1 = cold('      ---|     ');
        const t1subs = '  -----^--!     ';
        const expected = '--------(x|)  ';

        const result = e1.pipe(
          tearingDown(t1),
          first((value) => value === 'b'),
          settle(),
          catchError((error: unknown) => of((error as Error).name)),
        );

        expectObservable(result).toBe(expected, { x: 'EmptyError' });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should wait through the operators in between', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^-!        ';
        const t1 = cold('   ---|     ');
        const t1subs = '  --^--!     ';
        const expected = '--b--|     ';

        const result = e1.pipe(
          tearingDown(t1),
          map(() => 'b'),
          retry(),
          switchMap((value) => concat(of(value), NEVER)),
          take(1),
          tap(),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });
  });

  describe('what was dropped in mid-run', () => {
    it('should wait for an inner that a switchMap has left, which was subscribed with the source', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ----b|     ');
        const e1subs = '  ^----!     ';
        const e2 = cold(' --x---     ');
        const e2subs = '  ^---!      ';
        const t2 = cold('     ------|');
        const t2subs = '  ----^-----!';
        const e3 = cold('     -y|    ');
        const e3subs = '  ----^-!    ';
        const expected = '--x--y----|';

        const result = e1.pipe(
          startWith('a'),
          switchMap((value) => (value === 'a' ? e2.pipe(finalizeAsync(() => t2)) : e3)),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should not know of an inner that a switchMap has subscribed later, and left', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-b|     ');
        const e1subs = '  ^----!     ';
        const e2 = cold('   x---     ');
        const e2subs = '  --^-!      ';
        const t2 = cold('     ------|');
        const t2subs = '  ----^-----!';
        const e3 = cold('     -y|    ');
        const e3subs = '  ----^-!    ';
        const expected = '--x--y|    ';

        const result = e1.pipe(
          switchMap((value) => (value === 'a' ? e2.pipe(finalizeAsync(() => t2)) : e3)),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should wait for the loser of a race', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-|    ');
        const e1subs = '  ^---!    ';
        const e2 = cold(' ---b-|   ');
        const e2subs = '  ^-!      ';
        const t2 = cold('   ------|');
        const t2subs = '  --^-----!';
        const expected = '--a-----|';

        const result = race(e1, e2.pipe(finalizeAsync(() => t2))).pipe(settle());

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should wait for the source that a fallback of timeout has replaced', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ----a      ');
        const e1subs = '  ^-!        ';
        const t1 = cold('   -------# ');
        const t1subs = '  --^------! ';
        const e2 = cold('   -b|      ');
        const e2subs = '  --^-!      ';
        const expected = '---b-----# ';

        const result = e1.pipe(
          finalizeAsync(() => t1),
          timeout({ first: 2, with: () => e2 }),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe('the next source', () => {
    it('should be subscribed by concat when the teardown has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|         ');
        const e1subs = '  ^-!         ';
        const t1 = cold('   ---|      ');
        const t1subs = '  --^--!      ';
        const e2 = cold('      -b|    ');
        const e2subs = '  -----^-!    ';
        const expected = '-a----b|    ';

        const result = concat(e1.pipe(tearingDown(t1), settle()), e2);

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be subscribed by repeat when the teardown has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|            ');
        const e1subs = [' ^-!            ', '-----^-!         '];
        const t1 = cold('   ---|         ');
        const t1subs = [' --^--!         ', '-------^--!      '];
        const expected = '-a----a---|    ';

        const result = e1.pipe(tearingDown(t1), settle(), repeat(2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should be subscribed by retry when the teardown has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a#            ');
        const e1subs = [' ^-!            ', '-----^-!         '];
        const t1 = cold('   ---|         ');
        const t1subs = [' --^--!         ', '-------^--!      '];
        const expected = '-a----a---#    ';

        const result = e1.pipe(tearingDown(t1), settle(), retry(1));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });
  });

  describe('failures', () => {
    it('should pass on the error of the teardown as it is', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const sad = new Error('sad');
        const e1 = hot('  --a--|   ');
        const e1subs = '  ^----!   ';
        const t1 = cold('      --# ', undefined, sad);
        const t1subs = '  -----^-! ';
        const log = record(e1.pipe(tearingDown(t1), settle()));

        flush();

        expect(log.lines).toStrictEqual([
          [2, 'a'],
          [7, 'error'],
        ]);
        expect(log.error).toBe(sad);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should pass on the error of the source as it is', () => {
      const sad = { not: 'an error' };
      const log = record(failing(sad).pipe(settle()));

      expect(log.error).toBe(sad);
    });

    it('should put several into a RunGroupError, the one of the run first, then as they came', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const [sad, late, early] = [new Error('sad'), new Error('late'), new Error('early')];
        const e1 = hot('  --a--#   ', undefined, sad);
        const e1subs = '  ^----!   ';
        const t1 = cold('      ---#', undefined, late);
        const t1subs = '  -----^--!';
        const t2 = cold('      -#  ', undefined, early);
        const t2subs = '  -----^!  ';
        const log = record(e1.pipe(tearingDown(t1), tearingDown(t2), settle()));

        flush();

        expect(log.lines).toStrictEqual([
          [2, 'a'],
          [8, 'error'],
        ]);
        expect(log.error).toBeInstanceOf(RunGroupError);
        const { errors, failures, cause, message } = log.error as RunGroupError;
        expect(failures).toStrictEqual([
          { path: [], phase: 'run', error: sad },
          { path: [], phase: 'teardown', error: early },
          { path: [], phase: 'teardown', error: late },
        ]);
        expect(errors.map((error) => [sad, early, late].indexOf(error as Error))).toStrictEqual([0, 1, 2]);
        expect(cause).toBe(sad);
        expect(message).toBe('sad (and 2 more)');
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should count what a finalizer throws when downstream of it the stream has ended', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sad = new Error('sad');
        const e1 = hot('  --a--b--');
        const e1subs = '  ^-!     ';
        const expected = '--(a#)  ';

        const result = e1.pipe(
          finalize(() => {
            throw sad;
          }),
          take(1),
          settle(),
        );

        expectObservable(result).toBe(expected, undefined, sad);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it.each<{ kind: string; source: (error: unknown) => Observable<string> }>([
      {
        kind: 'added',
        source: (error) =>
          new Observable((subscriber) => {
            subscriber.add(() => {
              throw error;
            });
            subscriber.next('a');
            subscriber.complete();
          }),
      },
      {
        kind: 'returned',
        source: (error) =>
          new Observable((subscriber) => {
            subscriber.next('a');
            subscriber.complete();
            return () => {
              throw error;
            };
          }),
      },
    ])(
      'should count what a finalizer that was $kind throws when the source completes while it is being subscribed',
      ({ source }) => {
        const sad = new Error('sad');

        const log = record(source(sad).pipe(settle()));

        expect(log.lines.map(([, line]) => line)).toStrictEqual(['a', 'error']);
        expect(log.error).toBe(sad);
      },
    );

    it('should count what a finalizer throws when the source errs while it is being subscribed', () => {
      const [sad, sadder] = [new Error('sad'), new Error('sadder')];
      const source = new Observable((subscriber) => {
        subscriber.add(() => {
          throw sadder;
        });
        subscriber.error(sad);
      });

      const log = record(source.pipe(settle()));

      expect((log.error as RunGroupError).failures).toStrictEqual([
        { path: [], phase: 'run', error: sad },
        { path: [], phase: 'teardown', error: sadder },
      ]);
    });

    it('should count what a finalizer throws when downstream stops the source while it is being subscribed', () => {
      const sad = new Error('sad');
      const source = new Observable<string>((subscriber) => {
        subscriber.add(() => {
          throw sad;
        });
        subscriber.next('a');
      });

      const log = record(source.pipe(settle(), take(1), settle()));

      expect(log.lines.map(([, line]) => line)).toStrictEqual(['a', 'error']);
      expect(log.error).toBe(sad);
    });

    it('should not hear of what the callback of finalize throws there, which RxJS swallows', () => {
      const source = of('a').pipe(
        finalize(() => {
          throw new Error('sad');
        }),
        map((value) => value),
      );

      const log = record(source.pipe(settle()));

      expect(log.lines.map(([, line]) => line)).toStrictEqual(['a', 'complete']);
    });

    it('should run every finalizer though some throw, and wait for the others', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = hot('  --a--|   ');
        const e1subs = '  ^----!   ';
        const t1 = cold('      ---|');
        const t1subs = '  -----^--!';
        const log = record(
          e1.pipe(
            finalize(() => {
              throw sad;
            }),
            tearingDown(t1),
            finalize(() => {
              throw sadder;
            }),
            take(5),
            settle(),
          ),
        );

        flush();

        expect(log.lines).toStrictEqual([
          [2, 'a'],
          [8, 'error'],
        ]);
        expect((log.error as RunGroupError).failures).toStrictEqual([
          { path: [], phase: 'teardown', error: sad },
          { path: [], phase: 'teardown', error: sadder },
        ]);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should keep thrown values that are no errors', () => {
      const log = record(
        of('a').pipe(
          tearingDown(() => failing(undefined)),
          tearingDown(() => failing('sad')),
          settle(),
        ),
      );

      expect((log.error as RunGroupError).errors).toStrictEqual([undefined, 'sad']);
    });

    it('should flatten the failures of a group', () => {
      const sad = new Error('sad');
      const log = record(
        of(failing(sad).pipe(tearingDown(() => failing('sadder')))).pipe(
          runGroup(),
          tearingDown(() => failing('saddest')),
          settle(),
        ),
      );

      expect((log.error as RunGroupError).failures).toStrictEqual([
        { path: ['0'], phase: 'run', error: sad },
        { path: ['0'], phase: 'teardown', error: 'sadder' },
        { path: [], phase: 'teardown', error: 'saddest' },
      ]);
    });
  });

  describe('unsubscribed', () => {
    it('should begin the teardown', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^---!    ';
        const t1 = cold('     --|  ');
        const t1subs = '  ----^-!  ';
        const expected = '--a--    ';
        const unsub = '   ----!    ';

        const result = e1.pipe(tearingDown(t1), settle());

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should let a teardown that is pending go on, and stay silent', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^-!      ';
        const t1 = cold('   -----| ');
        const t1subs = '  --^----! ';
        const expected = '--a------';
        const unsub = '   ----!    ';

        const result = e1.pipe(tearingDown(t1), take(1), settle());

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should hand the waiting on to the scope around it while the source runs', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^---!    ';
        const t1 = cold('     ---#');
        const t1subs = '  ----^--! ';
        const e2 = hot('  ----x    ');
        const expected = '--a----# ';

        const result = e1.pipe(tearingDown(t1), settle(), stopWhen(e2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should hand the waiting on to the scope around it while the teardown is pending', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^-!      ';
        const t1 = cold('   -----| ');
        const t1subs = '  --^----! ';
        const e2 = hot('  ----x    ');
        const expected = '--a----| ';

        const result = e1.pipe(tearingDown(t1), take(1), settle(), stopWhen(e2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should hand what had failed on to a group, by the name of the member', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = hot('  --#      ', undefined, sad);
        const e1subs = '  ^-!      ';
        const t1 = cold('   -----# ', undefined, sadder);
        const t1subs = '  --^----! ';
        const e2 = hot('  ----|    ');
        const e2subs = '  ^---!    ';
        const log = record(of(e1.pipe(tearingDown(t1), settle()), e2).pipe(runGroup()));

        flush();

        expect(log.lines).toStrictEqual([[7, 'error']]);
        expect((log.error as RunGroupError).failures).toStrictEqual([
          { path: ['0'], phase: 'run', error: sad },
          { path: ['0'], phase: 'teardown', error: sadder },
        ]);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should report a failure where nobody waits', async () => {
      const sad = new Error('sad');
      const errors = unhandledErrors(1);
      const thrown = new Error('thrown');

      NEVER.pipe(
        tearingDown(() => failing(sad)),
        finalize(() => {
          throw thrown;
        }),
        settle(),
      )
        .subscribe()
        .unsubscribe();

      const [error] = await errors;
      expect((error as RunGroupError).errors).toStrictEqual([sad, thrown]);
    });

    it('should report the failure of a teardown that was pending where nobody waits any more', async () => {
      const sad = new Error('sad');
      const errors = unhandledErrors(1);
      const work = new Subject<void>();

      const subscription = of('a').pipe(tearingDown(work), settle()).subscribe();
      subscription.unsubscribe();
      work.error(sad);

      const [error] = await errors;
      expect(error).toBe(sad);
    });

    it('should tear down once when it is unsubscribed twice', () => {
      run(({ cold, expectSubscriptions, flush }) => {
        const t1 = cold('--|');
        const subscription = NEVER.pipe(tearingDown(t1), settle()).subscribe();

        subscription.unsubscribe();
        subscription.unsubscribe();
        flush();

        expectSubscriptions(t1.subscriptions).toBe('^-!');
      });
    });

    it('should not wait for itself when a teardown unsubscribes it', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const e1 = hot('  --a--b--');
        const e1subs = '  ^-!     ';
        const t1 = cold('   --|   ');
        const t1subs = '  --^-!   ';
        const log = record(
          e1.pipe(
            tearingDown(() => {
              log.subscription.unsubscribe();
              return t1;
            }),
            take(1),
            settle(),
          ),
        );

        flush();

        expect(log.lines).toStrictEqual([[2, 'a']]);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should report the failure of a teardown that has unsubscribed it', async () => {
      const sad = new Error('sad');
      const errors = unhandledErrors(1);
      const source = new Subject<string>();

      const subscription = source
        .pipe(
          tearingDown(() => {
            subscription.unsubscribe();
            return failing(sad);
          }),
          settle(),
        )
        .subscribe();
      source.complete();

      expect((await errors)[0]).toBe(sad);
    });

    it('should wait for a source that is stopped while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('      -');
        const t1 = cold('  ---| ');
        const t1subs = '   ^--! ';
        const expected = ' a--| ';

        const result = concat(of('a'), e1).pipe(tearingDown(t1), settle(), take(1), settle());

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe([]);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });
  });

  describe('a synchronous source that does not end', () => {
    it('should stop as soon as downstream has had enough', () => {
      const emitted: number[] = [];
      const received: number[] = [];

      const subscription = firehose(emitted, 100_000)
        .pipe(
          tearingDown(() => of('torn down')),
          settle(),
          takeWhile((value) => value < 2),
        )
        .subscribe((value) => received.push(value));

      expect(emitted).toStrictEqual([0, 1, 2]);
      expect(received).toStrictEqual([0, 1]);
      expect(subscription.closed).toBe(true);
    });

    it('should stop as soon as an operator before it has had enough', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const emitted: number[] = [];
        const t1 = cold(' -----|');
        const t1subs = '  ^----!';
        const expected = '(ab)-|';

        const result = firehose(emitted, 100_000).pipe(
          map((value) => 'ab'.charAt(value)),
          tearingDown(t1),
          take(2),
          settle(),
          tap({ complete: () => expect(emitted).toStrictEqual([0, 1]) }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });
  });

  describe('only upwards', () => {
    it('should not wait for what a handler downstream unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t1 = cold('  -----|');
        const t1subs = '   ^----!';
        const expected = ' (a|)  ';
        const stranger = NEVER.pipe(tearingDown(t1)).subscribe();

        const result = of('a').pipe(
          settle(),
          tap(() => stranger.unsubscribe()),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should not make an end wait for what its own handler unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t1 = cold('   --|    ');
        const t1subs = '    ^-!    ';
        const t2 = cold('     -----|');
        const t2subs = '    --^----!';
        const expected = '  a-|    ';
        const stranger = NEVER.pipe(tearingDown(t2)).subscribe();

        const result = of('a').pipe(
          tearingDown(t1),
          settle(),
          tap({ complete: () => stranger.unsubscribe() }),
          settle(),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });
  });

  describe('grace', () => {
    it('should end with a GraceExceededError when it is over', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const e1 = hot('  --a--b--');
        const e1subs = '  ^-!     ';
        const t1 = cold('   ---------|');
        const t1subs = '  --^--------!';
        const log = record(e1.pipe(tearingDown(t1), take(1), settle({ grace: 3 })));

        flush();

        expect(log.lines).toStrictEqual([
          [2, 'a'],
          [5, 'error'],
        ]);
        expect(log.error).toBeInstanceOf(GraceExceededError);
        expect(log.error).toMatchObject({
          name: 'GraceExceededError',
          path: [],
          grace: 3,
          message: 'the teardown had not settled within 3 ms',
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should name one error for one source, however many teardowns are pending', () => {
      run(({ cold, expectSubscriptions, flush }) => {
        const t1 = cold('----------|');
        const t2 = cold('------------|');
        const log = record(of('a').pipe(tearingDown(t1), tearingDown(t2), settle({ grace: 3 })));

        flush();

        expect(log.lines).toStrictEqual([
          [0, 'a'],
          [3, 'error'],
        ]);
        expect(log.error).toBeInstanceOf(GraceExceededError);
        expectSubscriptions(t1.subscriptions).toBe('^---------!');
        expectSubscriptions(t2.subscriptions).toBe('^-----------!');
      });
    });

    it('should put the error of the run before the GraceExceededError', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const sad = new Error('sad');
        const e1 = hot('  --#', undefined, sad);
        const e1subs = '  ^-!';
        const log = record(
          e1.pipe(tearingDown(cold('---------|')), tearingDown(cold('-#', undefined, 'sadder')), settle({ grace: 3 })),
        );

        flush();

        expect(log.lines).toStrictEqual([[5, 'error']]);
        expect((log.error as RunGroupError).failures).toMatchObject([
          { path: [], phase: 'run', error: sad },
          { path: [], phase: 'teardown', error: 'sadder' },
          { path: [], phase: 'grace', error: { name: 'GraceExceededError' } },
        ]);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should not matter to a teardown that settles in time', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--');
        const e1subs = '  ^-!     ';
        const t1 = cold('   --|   ');
        const t1subs = '  --^-!   ';
        const e2 = cold('   ---x  ');
        const e2subs = '  --^-!   ';
        const expected = '--a-|   ';

        const result = e1.pipe(tearingDown(t1), take(1), settle({ grace: e2 }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should begin with the end of the source, not with its subscription', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a-----|  ');
        const e1subs = '  ^-------!  ';
        const t1 = cold('         --|');
        const t1subs = '  --------^-!';
        const expected = '--a-------|';

        const result = e1.pipe(tearingDown(t1), settle({ grace: 3 }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should be over with the first value of an ObservableInput', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const e1 = hot('  --|        ');
        const t1 = cold('   --------|');
        const t1subs = '  --^-------!';
        const e2 = cold('   ---x--x  ');
        const e2subs = '  --^--!     ';
        const log = record(e1.pipe(tearingDown(t1), settle({ grace: e2 })));

        flush();

        expect(log.lines).toStrictEqual([[5, 'error']]);
        expect(log.error).toBeInstanceOf(GraceExceededError);
        expect((log.error as GraceExceededError).grace).toBe(e2);
        expect((log.error as Error).message).toBe('the teardown had not settled within the grace period');
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be over with the completion of an ObservableInput', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const e1 = hot('  --|        ');
        const t1 = cold('   --------|');
        const t1subs = '  --^-------!';
        const e2 = cold('   ---|     ');
        const e2subs = '  --^--!     ';
        const log = record(e1.pipe(tearingDown(t1), settle({ grace: e2 })));

        flush();

        expect(log.lines).toStrictEqual([[5, 'error']]);
        expect(log.error).toBeInstanceOf(GraceExceededError);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be over with the error of an ObservableInput, which counts', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const sad = new Error('sad');
        const e1 = hot('  --|        ');
        const t1 = cold('   --------|');
        const t1subs = '  --^-------!';
        const e2 = cold('   ---#     ', undefined, sad);
        const e2subs = '  --^--!     ';
        const log = record(e1.pipe(tearingDown(t1), settle({ grace: e2 })));

        flush();

        expect(log.lines).toStrictEqual([[5, 'error']]);
        expect((log.error as RunGroupError).failures).toMatchObject([
          { path: [], phase: 'grace', error: sad },
          { path: [], phase: 'grace', error: { name: 'GraceExceededError' } },
        ]);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should never be over with one that never fires', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --|        ');
        const t1 = cold('   --------|');
        const t1subs = '  --^-------!';
        const e2 = cold('   -        ');
        const e2subs = '  --^-------!';
        const expected = '----------|';

        const result = e1.pipe(tearingDown(t1), settle({ grace: e2 }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it.each<{ kind: string; grace: () => ObservableInput<unknown> }>([
      { kind: 'an array', grace: () => ['now'] },
      { kind: 'an empty array', grace: () => [] },
      { kind: 'an iterable', grace: () => new Set(['now']) },
      { kind: 'a promise', grace: () => Promise.resolve('now') },
      { kind: 'an async iterable', grace: () => oneByOne('now') },
      { kind: 'an interop observable', grace: () => asInterop(of('now')) },
      { kind: 'a readable stream', grace: () => new Blob(['now']).stream() as ReadableStream<unknown> },
    ])('should accept $kind', async ({ grace }) => {
      const log = record(of('a').pipe(tearingDown(NEVER), settle({ grace: grace() })));

      await log.ended;

      expect(log.error).toBeInstanceOf(GraceExceededError);
    });

    it('should not wait at all when it is 0, which is no error', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--  ');
        const e1subs = '  ^-!       ';
        const t1 = cold('   -----|  ');
        const t1subs = '  --^----!  ';
        const expected = '--(a|)    ';

        const result = e1.pipe(tearingDown(t1), take(1), settle({ grace: 0 }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should still pass on what has failed at once when it is 0', () => {
      const sad = new Error('sad');

      const log = record(
        of('a').pipe(
          tearingDown(() => failing(sad)),
          tearingDown(NEVER),
          settle({ grace: 0 }),
        ),
      );

      expect(log.error).toBe(sad);
    });

    it('should have no limit when it is Infinity', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--    ');
        const e1subs = '  ^-!         ';
        const t1 = cold('   - 60m ----|');
        const t1subs = '  --^- 60m ---!';
        const expected = '--a- 60m ---|';

        const result = e1.pipe(tearingDown(t1), take(1), settle({ grace: Infinity }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it.each([Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER])(
      'should not overflow the timers of the platform when it is %d',
      (grace) => {
        jest.useFakeTimers();
        const work = new Subject<void>();
        const log = record(of('a').pipe(tearingDown(work), settle({ grace })));

        jest.advanceTimersByTime(60_000);
        const before = log.lines.length;
        work.complete();

        expect(before).toBe(1);
        expect(log.lines.map(([, line]) => line)).toStrictEqual(['a', 'complete']);
        expect(jest.getTimerCount()).toBe(0);
      },
    );

    it('should start no timer where there is nothing to wait for, and leave none behind', () => {
      jest.useFakeTimers();
      const work = new Subject<void>();
      const counts: number[] = [];

      record(of('a').pipe(settle({ grace: 1000 })));
      counts.push(jest.getTimerCount());
      record(of('a').pipe(tearingDown(work), settle({ grace: 1000 })));
      counts.push(jest.getTimerCount());
      work.complete();
      counts.push(jest.getTimerCount());

      expect(counts).toStrictEqual([0, 1, 0]);
    });

    it('should abort the signal of each teardown when it is over, on that frame', () => {
      run(({ cold, flush }) => {
        const aborts: unknown[] = [];
        const watched = (name: string) => (context: TeardownContext) => {
          context.signal.addEventListener('abort', () => aborts.push([asyncScheduler.now(), name]));
          return cold('---------|');
        };
        const log = record(
          of('a').pipe(tearingDown(watched('first')), tearingDown(watched('second')), settle({ grace: 3 })),
        );

        flush();

        expect(aborts).toStrictEqual([
          [3, 'first'],
          [3, 'second'],
        ]);
        expect(log.lines).toStrictEqual([
          [0, 'a'],
          [3, 'error'],
        ]);
      });
    });

    it('should not abort the signal of a teardown that settles in time', () => {
      run(({ cold, flush }) => {
        let context!: TeardownContext;
        record(
          of('a').pipe(
            tearingDown((given) => {
              context = given;
              return cold('--|');
            }),
            settle({ grace: 3 }),
          ),
        );

        flush();

        expect(context.signal.aborted).toBe(false);
      });
    });

    it('should reach the teardowns of a nested settle', () => {
      run(({ cold, flush }) => {
        const aborts: number[] = [];
        const log = record(
          of('a').pipe(
            tearingDown(({ signal }) => {
              signal.addEventListener('abort', () => aborts.push(asyncScheduler.now()));
              return cold('---------|');
            }),
            settle(),
            stopWhen(cold('--x'), { grace: 3 }),
          ),
        );

        flush();

        expect(aborts).toStrictEqual([5]);
        expect(log.lines).toStrictEqual([
          [0, 'a'],
          [5, 'error'],
        ]);
        expect(log.error).toBeInstanceOf(GraceExceededError);
      });
    });

    it('should count in the scope around it when it is unsubscribed', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--   ');
        const e1subs = '  ^---!      ';
        const t1 = cold('     ------|');
        const t1subs = '  ----^-----!';
        const e2 = hot('  ----x      ');
        const e2subs = '  ^---!      ';
        const expected = '--a----#   ';

        const result = e1.pipe(tearingDown(t1), settle({ grace: 3 }), stopWhen(e2));

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should go on counting when it is unsubscribed while the teardown is pending', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--   ');
        const e1subs = '  ^-!        ';
        const t1 = cold('   --------|');
        const t1subs = '  --^-------!';
        const e2 = hot('  ----x      ');
        const e2subs = '  ^---!      ';
        const expected = '--a--#     ';

        const result = e1.pipe(tearingDown(t1), take(1), settle({ grace: 3 }), stopWhen(e2));

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should drop the failure of a teardown that had been left behind, which was reported by name', async () => {
      const known = new Error('known');
      const errors = unhandledErrors(1);
      const [work, over] = [new Subject<void>(), new Subject<void>()];

      const log = record(of('a').pipe(tearingDown(work), settle({ grace: over })));
      over.next();
      work.error(new Error('late'));
      // reported in order: had the other been reported, it would be the first
      record(NEVER.pipe(tearingDown(() => failing(known)))).subscription.unsubscribe();

      expect(log.error).toBeInstanceOf(GraceExceededError);
      expect(await errors).toStrictEqual([known]);
    });

    it('should report the failure of a teardown that nobody has waited for when it is 0', async () => {
      const sad = new Error('sad');
      const errors = unhandledErrors(1);
      const work = new Subject<void>();

      const log = record(of('a').pipe(tearingDown(work), settle({ grace: 0 })));
      work.error(sad);

      expect(log.lines.map(([, line]) => line)).toStrictEqual(['a', 'complete']);
      expect((await errors)[0]).toBe(sad);
    });

    it.each<{ grace: unknown; shown: string }>([
      { grace: -1, shown: '-1' },
      { grace: NaN, shown: 'NaN' },
      { grace: -Infinity, shown: '-Infinity' },
      { grace: '5s', shown: "'5s'" },
      { grace: null, shown: 'null' },
      { grace: true, shown: 'true' },
      { grace: {}, shown: '{}' },
      { grace: Symbol('soon'), shown: 'Symbol(soon)' },
      { grace: () => 5, shown: '[function grace]' },
    ])('should refuse $shown at the call', ({ grace, shown }) => {
      const call = (): unknown => settle({ grace } as GraceOptions);

      expect(call).toThrow(TypeError);
      expect(call).toThrow(`settle: 'grace' must be milliseconds (0 or more) or an ObservableInput, got ${shown}`);
    });

    it('should name the option though its value cannot be shown', () => {
      const call = (): unknown => settle({ grace: Object.create(null) as Observable<unknown> });

      expect(call).toThrow(TypeError);
      expect(call).toThrow("settle: 'grace' must be milliseconds (0 or more) or an ObservableInput");
    });
  });

  describe('the context of a teardown', () => {
    it('should have a StopError as its reason when the source has ended by itself', () => {
      let reason: unknown;

      of('a')
        .pipe(
          tearingDown((context) => {
            reason = context.reason;
          }),
          settle(),
        )
        .subscribe();

      expect(reason).toBeInstanceOf(StopError);
      const { name, by, cause } = reason as StopError;
      expect([name, by, cause]).toStrictEqual(['AbortError', undefined, undefined]);
    });

    it('should have the reason of the stop around it', () => {
      const stopping = new AbortController();
      const cause = new Error('enough');
      const reasons: StopError[] = [];
      const keep = ({ reason }: TeardownContext): void => {
        reasons.push(reason);
      };

      NEVER.pipe(tearingDown(keep), tearingDown(keep), settle(), stopWhen(stopping.signal)).subscribe();
      stopping.abort(cause);

      expect(reasons).toHaveLength(2);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect(reasons[0]?.cause).toBe(cause);
      expect(reasons[1]).toBe(reasons[0]);
    });
  });

  it('should keep two runs of the same source apart', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = cold('        -a-b          ');
      const e1subs = ['        ^!            ', '-----^!               '];
      const t1 = cold('         -----|       ');
      const t1subs = ['        -^----!       ', '------^----!          '];
      const subscribe = hot('  x----y|       ');
      const expected = '       -a----a----|  ';
      const result = e1.pipe(tearingDown(t1), take(1), settle());

      expectObservable(
        merge(
          result,
          subscribe.pipe(
            find((value) => value === 'y'),
            switchMap(() => result),
          ),
        ),
      ).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  it('should end exactly when the last teardown has settled, with everything that failed', () => {
    const teardown = fc.record({ frames: fc.nat(6), fails: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(teardown, { maxLength: 4 }),
        fc.constantFrom('complete', 'error', 'take'),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 16 }),
        (teardowns, kind, endsAt, stopsAt) => {
          fc.pre(endsAt !== stopsAt);
          run(({ cold, expectSubscriptions, flush }) => {
            const sad = new Error('sad');
            const e1 = cold('-'.repeat(endsAt) + { complete: '|', error: '#', take: 'a' }[kind], undefined, sad);
            const works = teardowns.map(({ frames, fails }, index) =>
              cold('-'.repeat(frames) + (fails ? '#' : '|'), undefined, `sad ${index}`),
            );
            const start = Math.min(endsAt, stopsAt);
            const end = start + Math.max(0, ...teardowns.map(({ frames }) => frames));
            const failures: unknown[] = teardowns
              .map(({ frames, fails }, index) => ({ frames, fails, index }))
              .filter(({ fails }) => fails)
              .sort((left, right) => left.frames - right.frames)
              .map(({ index }) => `sad ${index}`);
            if (kind === 'error' && endsAt < stopsAt) failures.unshift(sad);

            const log = record(
              works
                .reduce<Observable<string>>((source, work) => source.pipe(tearingDown(work)), e1)
                .pipe(take(1), settle(), stopWhen(cold('-'.repeat(stopsAt) + 'x'))),
            );
            flush();

            expect(log.lines).toStrictEqual([
              ...(kind === 'take' && endsAt < stopsAt ? [[endsAt, 'a']] : []),
              [end, failures.length > 0 ? 'error' : 'complete'],
            ]);
            expect(errorsOf(log.error)).toStrictEqual(failures);
            expectSubscriptions(e1.subscriptions).toBe('^' + '-'.repeat(start - 1) + '!');
            works.forEach((work, index) => {
              const { frames } = teardowns[index] ?? { frames: 0 };
              const lasts = frames > 0 ? '^' + '-'.repeat(frames - 1) + '!' : '(^!)';
              expectSubscriptions(work.subscriptions).toBe('-'.repeat(start) + lasts);
            });
          });
        },
      ),
    );
  });

  it('should keep the type of the values', () => {
    const numbers: Observable<number> = of(1).pipe(settle());
    const either: Observable<number | string> = merge(of(1), of('a')).pipe(settle({ grace: of('now') }));
    const nothing: Observable<never> = NEVER.pipe(settle({ grace: 1 }));

    // @ts-expect-error -- the values are numbers
    const strings: Observable<string> = numbers.pipe(settle());
    // @ts-expect-error -- neither a number nor an ObservableInput
    const call = (): unknown => settle({ grace: false });

    expect([numbers, either, nothing, strings].every((each) => each instanceof Observable)).toBe(true);
    expect(call).toThrow(TypeError);
  });
});

interface Recording {
  readonly subscription: { unsubscribe(): void };
  /** What came, each with its frame. */
  readonly lines: [frame: number, line: unknown][];
  readonly error: unknown;
  readonly ended: Promise<void>;
}

/** Subscribes, and writes down what comes when; the error apart, for comparing it by identity. */
function record(source: Observable<unknown>): Recording {
  const lines: [number, unknown][] = [];
  let error: unknown;
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const write = (line: unknown): void => {
    lines.push([asyncScheduler.now(), line]);
  };
  const subscription = source.subscribe({
    next: write,
    error: (given: unknown) => {
      error = given;
      write('error');
      end();
    },
    complete: () => {
      write('complete');
      end();
    },
  });
  return {
    subscription,
    lines,
    ended,
    get error() {
      return error;
    },
  };
}

function errorsOf(error: unknown): readonly unknown[] {
  if (error === undefined) return [];
  return error instanceof RunGroupError ? error.errors : [error];
}

/** Fails at once, with anything. */
function failing(error: unknown): Observable<never> {
  return new Observable((subscriber) => subscriber.error(error));
}

async function* oneByOne<T>(...values: T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}
