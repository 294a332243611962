import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  concat,
  config,
  EMPTY,
  finalize,
  fromEvent,
  map,
  merge,
  NEVER,
  Observable,
  of,
  race,
  share,
  startWith,
  Subject,
  Subscription,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import {
  awaitTeardown,
  detached,
  drain,
  finalizeAsync,
  group,
  runner,
  settle,
  shareResource,
  StopError,
  stopWhen,
  switchRun,
  withResource,
  type Failure,
  type LifecycleEvent,
  type RunGroupError,
} from '../src/index.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';

/** The error of a group in which exactly this failed, paths and phases included. */
function failedWith(...failures: Failure[]): unknown {
  return expect.objectContaining({ name: 'RunGroupError', failures });
}

/** A runner that works as `work` does, and is torn down as `teardown` is. */
function stoppable<T>(work: Observable<T>, teardown: Observable<unknown>): Observable<T> {
  return runner({ run: () => work, teardown: () => teardown });
}

/** What is reported as unhandled because of `action`. */
function unhandledErrors(action: () => void): unknown[] {
  const errors: unknown[] = [];
  config.onUnhandledError = (error: unknown) => {
    errors.push(error);
  };
  jest.useFakeTimers();
  action();
  jest.runAllTimers();
  return errors;
}

/** Does nothing but throw when it is torn down. */
function throwing(error: Error, source: Observable<unknown> = NEVER): Observable<unknown> {
  return source.pipe(
    finalize(() => {
      throw error;
    }),
  );
}

afterEach(() => {
  jest.useRealTimers();
  config.onUnhandledError = null;
});

describe('a teardown scope', () => {
  describe('upwards only', () => {
    it('should not wait for what a next handler unsubscribes while the group starts', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const t = cold('  -----|');
        const tsubs = '   ^----!';
        const expected = 'a-|   ';
        const stranger = stoppable(NEVER, t).subscribe();

        const result = group([concat(of('a'), NEVER), e1]).pipe(tap(() => stranger.unsubscribe()));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should not wait for what a next handler unsubscribes while it runs', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-|  ');
        const e1subs = '  ^--!  ';
        const t = cold('   ----|');
        const tsubs = '   -^---!';
        const expected = '-a-|  ';
        const stranger = stoppable(NEVER, t).subscribe();

        const result = group([e1, NEVER]).pipe(tap(() => stranger.unsubscribe()));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should not wait for what a next handler below nested groups unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('  -----|');
        const tsubs = '   ^----!';
        const expected = '(a|)  ';
        const stranger = stoppable(NEVER, t).subscribe();

        const result = group([group([runner(() => of('a'))]), NEVER]).pipe(tap(() => stranger.unsubscribe()));

        expectObservable(result).toBe(expected);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should not wait for what an observer of an outer group unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -(a|)  ');
        const e2 = cold('  --|   ');
        const e2subs = '  -^-!   ';
        const t = cold('   -----|');
        const tsubs = '   -^----!';
        const expected = '---|   ';
        const stranger = stoppable(NEVER, t).subscribe();
        const lifecycle = { next: ({ path }: LifecycleEvent) => path.length === 2 && stranger.unsubscribe() };

        const result = group({ a: e1.pipe(switchRun(() => group([e2]))) }, { lifecycle });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should not be that of a shared resource that is opened at once, for who drains it with its first value', () => {
      run(({ cold, expectObservable }) => {
        const drained = new Subject<void>();
        const shared = shareResource({ acquire: () => 1, release: () => cold('--|') });
        const first = shared.use(() => NEVER).subscribe();
        const second = cold('-x').pipe(
          tap(() => first.unsubscribe()),
          switchMap(() => shared.use(() => concat(of('a'), NEVER))),
        );
        // eslint-disable-next-line rxjs-x/no-nested-subscribe -- the handler is what this is about
        const running = second.subscribe(() => drain(running).subscribe(drained));

        expectObservable(drained.pipe(map(() => 'd'))).toBe('-----(d|)');
      });
    });

    it.each<[string, Observable<unknown>]>([
      ['complete', EMPTY],
      ['error', throwError(() => new Error('sad'))],
    ])('should not wait for what a handler of %s unsubscribes', (_, ending) => {
      const settling = new Subject<never>();
      const log: string[] = [];
      const stranger = stoppable(NEVER, settling).subscribe();
      const leave = (): void => stranger.unsubscribe();

      ending
        .pipe(settle(), tap({ complete: leave, error: leave }))
        .subscribe({ complete: () => log.push('end'), error: () => log.push('end') });

      expect(log).toStrictEqual(['end']);
      expect(settling.observed).toBe(true);
      expectLeftRunning(1);
    });

    it('should be again the scope that was current before, for whatever is downstream', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('  ---|');
        const tsubs = '   ^--!';
        const expected = '---|';
        const settled: number[] = [];
        const owned = stoppable(NEVER, t).subscribe();
        const member = EMPTY.pipe(
          settle(),
          tap({
            complete: () => {
              settled.push(0);
              // within the group's call, though no longer within that of `settle`
              owned.unsubscribe();
            },
          }),
        );

        expectObservable(group([member])).toBe(expected);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be gone after the call', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('        --|   ');
        const e1subs = '         ^-!   ';
        const t = cold('         ---|  ');
        const tsubs = '          -^--! ';
        const unsubscribe = cold('-x   ');
        const expected = '       --|   ';
        const stranger = stoppable(NEVER, t).subscribe();
        unsubscribe.subscribe(() => stranger.unsubscribe());

        expectObservable(group([e1, NEVER])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be gone after a call that threw', () => {
      const settling = new Subject<never>();
      const log: string[] = [];

      group([throwing(new Error('sad')), EMPTY]).subscribe({ error: () => log.push('group') });
      const stranger = stoppable(NEVER, settling).subscribe();
      stranger.unsubscribe();
      EMPTY.pipe(settle()).subscribe({ complete: () => log.push('settle') });

      expect(log).toStrictEqual(['group', 'settle']);
      expectLeftRunning(1);
    });

    it('should wait for what a finalizer unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---|');
        const tsubs = '   --^--!';
        const expected = '-----|';
        const pool = stoppable(NEVER, t).subscribe();

        expectObservable(group([e1, NEVER.pipe(finalize(() => pool.unsubscribe()))])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should wait for each of the subscriptions that one subscription holds', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --|     ');
        const e1subs = '   ^-!     ';
        const t1 = cold('    ---|  ');
        const t1subs = '   --^--!  ';
        const t2 = cold('    -----|');
        const t2subs = '   --^----!';
        const expected = ' -------|';
        const member = new Observable((subscriber) => {
          const held = new Subscription();
          held.add(stoppable(NEVER, t1).subscribe());
          held.add(stoppable(NEVER, t2).subscribe());
          subscriber.add(held);
        });

        expectObservable(group([e1, member])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });
  });

  describe('finalizers that throw', () => {
    const sad = new Error('sad');
    const bad = new TypeError('bad');

    it('should be counted, while the other finalizers and members are torn down', () => {
      const log: string[] = [];
      const errors: unknown[] = [];

      group({
        a: NEVER.pipe(finalize(() => log.push('a'))),
        b: throwing(sad, NEVER.pipe(finalize(() => log.push('b')))),
        c: NEVER.pipe(finalize(() => log.push('c'))),
        d: EMPTY,
      }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(log).toStrictEqual(['a', 'b', 'c']);
      expect(errors).toStrictEqual([failedWith({ path: ['b'], phase: 'teardown', error: sad })]);
    });

    it('should be counted one by one, without the error that RxJS puts around them', () => {
      const errors: unknown[] = [];
      const both = new Observable((subscriber) => {
        const inner = new Subscription(() => {
          throw bad;
        });
        subscriber.add(() => {
          throw sad;
        });
        subscriber.add(inner);
      });

      group({ a: throwing(new RangeError('last'), both), b: EMPTY }).subscribe({
        error: (error: unknown) => errors.push(error),
      });

      expect((errors[0] as RunGroupError).errors).toStrictEqual([sad, bad, new RangeError('last')]);
    });

    /** Ends while it is being subscribed to; its finalizer throws. */
    const atOnce: [string, (error: Error, end: 'complete' | 'error') => Observable<unknown>][] = [
      [
        'added before',
        (error, end) =>
          new Observable((subscriber) => {
            subscriber.add(() => {
              throw error;
            });
            subscriber[end](bad);
          }),
      ],
      [
        'returned after',
        (error, end) =>
          new Observable((subscriber) => {
            subscriber[end](bad);
            return () => {
              throw error;
            };
          }),
      ],
    ];

    it.each(atOnce)('should be counted also when it was %s a completion in the subscription', (_, member) => {
      const log: unknown[] = [];

      group({ a: NEVER.pipe(finalize(() => log.push('a'))), b: member(sad, 'complete'), c: NEVER }).subscribe({
        error: (error: unknown) => log.push(error),
      });

      expect(log).toStrictEqual(['a', failedWith({ path: ['b'], phase: 'teardown', error: sad })]);
    });

    it.each(atOnce)('should be counted also when it was %s an error in the subscription', (_, member) => {
      const errors: unknown[] = [];

      group({ a: member(sad, 'error'), b: NEVER }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([
        failedWith({ path: ['a'], phase: 'run', error: bad }, { path: ['a'], phase: 'teardown', error: sad }),
      ]);
    });

    it.each(atOnce)('should be counted as of the teardown when it was %s an end in a run', (_, member) => {
      const errors: unknown[] = [];

      group({ a: runner(() => member(sad, 'complete')), b: NEVER }).subscribe({
        error: (error: unknown) => errors.push(error),
      });

      expect(errors).toStrictEqual([failedWith({ path: ['a'], phase: 'teardown', error: sad })]);
    });

    it('should be counted one by one when they come out of a subscription in a run', () => {
      const errors: unknown[] = [];
      const left = new Observable((subscriber) => {
        subscriber.complete();
        return throwing(sad, throwing(bad, NEVER)).subscribe();
      });

      group({ a: runner(() => left), b: NEVER }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([
        failedWith({ path: ['a'], phase: 'teardown', error: bad }, { path: ['a'], phase: 'teardown', error: sad }),
      ]);
    });

    it('should be counted also when downstream has had enough in the subscription', () => {
      const errors: unknown[] = [];
      const source = new Observable((subscriber) => {
        subscriber.add(() => {
          throw sad;
        });
        subscriber.next('a');
      });

      source.pipe(take(1), settle()).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([sad]);
    });

    it('should not be seen where RxJS keeps them to itself: finalize behind an end in the subscription', () => {
      const log: unknown[] = [];

      group([throwing(sad, of('a')), NEVER]).subscribe({
        complete: () => log.push('complete'),
        error: (error: unknown) => log.push(error),
      });

      expect(log).toStrictEqual(['complete']);
    });

    it('should be counted also when the member completes later', () => {
      const errors: unknown[] = [];
      const end = new Subject<never>();

      group({ a: throwing(sad, end), b: NEVER }).subscribe({ error: (error: unknown) => errors.push(error) });
      end.complete();

      expect(errors).toStrictEqual([failedWith({ path: ['a'], phase: 'teardown', error: sad })]);
    });

    it.each<[string, (source: Observable<unknown>) => Observable<unknown>]>([
      ['settle', (source) => source.pipe(settle())],
      ['stopWhen', (source) => source.pipe(stopWhen(NEVER))],
      ['finalizeAsync', (source) => source.pipe(finalizeAsync(() => undefined))],
      ['runner', (source) => runner(() => source)],
    ])('should be counted by %s', (_, through) => {
      const errors: unknown[] = [];

      const end = new Subject<never>();

      through(throwing(sad, end)).subscribe({ error: (error: unknown) => errors.push(error) });
      end.complete();

      expect(errors).toStrictEqual([sad]);
    });

    it('should not come out of the unsubscription of a group', () => {
      const subscription = group([throwing(sad)]).subscribe();

      const errors = unhandledErrors(() => subscription.unsubscribe());

      expect(errors).toStrictEqual([failedWith({ path: ['0'], phase: 'teardown', error: sad })]);
    });
  });

  describe('nested', () => {
    it('should make the outer one wait for what the inner one waits for', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|    ');
        const e1subs = '  ^-!    ';
        const t = cold('    ----|');
        const tsubs = '   --^---!';
        const expected = '------|';

        const inner = group({ a: group({ b: stoppable(NEVER, t).pipe(settle()) }) });

        expectObservable(group([e1, inner])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should keep the path of the names', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|    ');
        const e1subs = '  ^-!    ';
        const t = cold('    ----#', undefined, 'sad');
        const tsubs = '   --^---!';
        const expected = '------#';

        const inner = group({ a: group({ b: stoppable(NEVER, t).pipe(settle()) }).pipe(settle()) });

        expectObservable(group({ end: e1, inner })).toBe(
          expected,
          undefined,
          failedWith({ path: ['inner', 'a', 'b'], phase: 'teardown', error: 'sad' }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should wait for a teardown that begins within the work of another', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --|     ');
        const e1subs = '   ^-!     ';
        const t1 = cold('    --|   ');
        const t1subs = '   --^-!   ';
        const t2 = cold('      ---|');
        const t2subs = '   ----^--!';
        const expected = ' -------|';
        const flushing = stoppable(NEVER, t2);
        const closing = new Observable((subscriber) => {
          // the work of the teardown holds something of its own, and drops it when it is over
          subscriber.add(flushing.subscribe());
          t1.subscribe(subscriber);
        });

        expectObservable(group([e1, runner({ run: () => NEVER, teardown: () => closing })])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });
  });

  describe('whose grace period is over', () => {
    it('should end what is begun then, and stopped later', () => {
      const [stop, grace, later] = [new Subject<void>(), new Subject<void>(), new Subject<void>()];
      const log: string[] = [];
      const begun = NEVER.pipe(settle(), stopWhen(later));
      const begin = (): void => {
        begun.subscribe({ complete: () => log.push('stopped') });
      };
      const work = NEVER.pipe(
        finalizeAsync(() => NEVER),
        finalizeAsync(begin),
      );

      work.pipe(stopWhen(stop, { grace })).subscribe({ error: () => log.push('forced') });
      stop.next();
      grace.next();
      later.next();

      expect(log).toStrictEqual(['forced', 'stopped']);
    });

    it('should tell at once what is stopped only then', () => {
      const [stop, grace, torn] = [new Subject<void>(), new Subject<void>(), new Subject<void>()];
      const aborted: boolean[] = [];
      const older = runner({
        run: () => NEVER,
        teardown: ({ signal }) => {
          signal.addEventListener('abort', () => aborted.push(signal.aborted));
          return torn;
        },
      }).subscribe();
      const work = NEVER.pipe(
        finalizeAsync(() => NEVER),
        finalizeAsync(() => {
          older.unsubscribe();
        }),
      );

      work.pipe(stopWhen(stop, { grace })).subscribe({ error: () => undefined });
      stop.next();
      grace.next();

      expect(aborted).toStrictEqual([true]);
      torn.complete();
    });
  });

  describe('the scope of the subscription, where none is current', () => {
    it('should be waited for by the group when a plain switchMap moves on', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const e2 = cold(' --y-----');
        const e2subs = '  ^--!    ';
        const t = cold('    -----|');
        const tsubs = '   --^----!';
        const expected = '-------|';

        const member = e2.pipe(
          startWith('x'),
          switchMap((value) => (value === 'x' ? stoppable(NEVER, t) : NEVER)),
        );

        expectObservable(group([member, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should count the failure of what a plain switchMap left', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const e2 = cold(' --y-----');
        const e2subs = '  ^--!    ';
        const t = cold('    -----#', undefined, 'sad');
        const tsubs = '   --^----!';
        const expected = '-------#';

        const member = e2.pipe(
          startWith('x'),
          switchMap((value) => (value === 'x' ? stoppable(NEVER, t) : NEVER)),
        );

        expectObservable(group({ member, e1 })).toBe(
          expected,
          undefined,
          failedWith({ path: ['member'], phase: 'teardown', error: 'sad' }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be waited for by the group when a race is lost', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const e2 = cold(' --a-----');
        const e2subs = '  ^--!    ';
        const t = cold('    -----|');
        const tsubs = '   --^----!';
        const expected = '--a----|';

        expectObservable(group([race(stoppable(NEVER, t), e2), e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be waited for by the group when the fallback of a timeout takes over', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const t = cold('    -----|');
        const tsubs = '   --^----!';
        const expected = '--b----|';

        const member = stoppable(NEVER, t).pipe(timeout({ first: 2, with: () => concat(of('b'), NEVER) }));

        expectObservable(group([member, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it.each<[string, (teardown: Observable<unknown>) => Observable<unknown>]>([
      ['a runner', (teardown) => stoppable(NEVER, teardown)],
      ['finalizeAsync', (teardown) => NEVER.pipe(finalizeAsync(() => teardown))],
      ['withResource', (teardown) => withResource({ acquire: () => 1, use: () => NEVER, release: () => teardown })],
      ['settle', (teardown) => stoppable(NEVER, teardown).pipe(settle())],
      ['stopWhen', (teardown) => stoppable(NEVER, teardown).pipe(stopWhen(NEVER))],
      ['a group', (teardown) => group([stoppable(NEVER, teardown)])],
    ])('should be remembered by %s', (_, member) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ---|    ');
        const e1subs = '  ^--!    ';
        const e2 = cold(' --a-----');
        const e2subs = '  ^--!    ';
        const t = cold('    -----|');
        const tsubs = '   --^----!';
        const expected = '--a----|';

        expectObservable(group([race(member(t), e2), e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be that of settle, too, which then holds back the completion', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold(' --(a|)  ');
        const e2subs = '  ^-!     ';
        const t = cold('    -----|');
        const tsubs = '   --^----!';
        const expected = '--a----|';

        expectObservable(race(stoppable(NEVER, t), e2).pipe(settle())).toBe(expected);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should not be held up by a teardown that is over before the member ends', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -------|');
        const e1subs = '  ^------!';
        const e2 = cold(' --a-----');
        const e2subs = '  ^------!';
        const t = cold('    ---|  ');
        const tsubs = '   --^--!  ';
        const expected = '--a----|';

        expectObservable(group([race(stoppable(NEVER, t), e2), e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should not be used when it has closed: then the failure is reported', () => {
      const settling = new Subject<never>();
      const end = new Subject<never>();
      const log: string[] = [];
      const shared = stoppable(NEVER, settling).pipe(share());

      const errors = unhandledErrors(() => {
        group([shared, end]).subscribe({ complete: () => log.push('complete') });
        const outside = shared.subscribe();
        end.complete();
        outside.unsubscribe();
        settling.error(new Error('sad'));
      });

      expect({ log, errors }).toStrictEqual({ log: ['complete'], errors: [new Error('sad')] });
    });

    it('should not be there for an inner that a plain operator subscribed to later and drops: it is reported', () => {
      const settling = new Subject<never>();
      const log: string[] = [];
      const moves = new Subject<Observable<unknown>>();
      const end = new Subject<never>();

      const errors = unhandledErrors(() => {
        group([moves.pipe(switchMap((inner) => inner)), end]).subscribe({ complete: () => log.push('complete') });
        moves.next(stoppable(NEVER, settling));
        moves.next(NEVER);
        end.complete();
        settling.error(new Error('sad'));
      });

      expect({ log, errors }).toStrictEqual({ log: ['complete'], errors: [new Error('sad')] });
    });
  });

  describe('cycles', () => {
    it('should let a finalizer unsubscribe its own group', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   --|     ');
        const e1subs = '    ^-!     ';
        const t1 = cold('     ---|  ');
        const t1subs = '    --^--!  ';
        const t2 = cold('     -----|');
        const t2subs = '    --^----!';
        const expected = '  --------';
        const running = new Subscription();
        const seen = new Subject<unknown>();
        const own = runner({
          run: () => NEVER,
          teardown: () => {
            running.unsubscribe();
            return t1;
          },
        });
        running.add(group({ own, e1, other: stoppable(NEVER, t2) }).subscribe(seen));

        expectObservable(seen).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should end whoever drains a group whose finalizer unsubscribes it', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('    ---|   ');
        const tsubs = '     --^--! ';
        const stop = cold(' --s    ');
        const expected = '  -----x ';
        const running = new Subscription();
        const own = runner({
          run: () => NEVER,
          teardown: () => {
            running.unsubscribe();
            return t;
          },
        });
        running.add(group({ own }).subscribe());

        const result = stop.pipe(
          switchMap(() => drain(running)),
          map(() => 'x'),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should keep the order of a chain that is unsubscribed from within it', () => {
      run(({ cold, expectObservable }) => {
        const log: string[] = [];
        const stop = new Subject<void>();
        const work = cold('      --|');
        const chain = runner(() => {
          // what goes on here is waited for by the chain, not the chain by it
          stop.next();
          return new Observable(() => () => awaitTeardown(work.pipe(finalize(() => log.push('work')))));
        }).pipe(finalizeAsync(() => void log.push('callback')));

        expectObservable(
          chain.pipe(
            takeUntil(stop),
            finalize(() => log.push('left')),
          ),
        ).toBe('|');
        expectObservable(timer(3).pipe(map(() => log))).toBe('---(x|)', { x: ['left', 'work', 'callback'] });
      });
    });

    it('should release what is acquired though the stop came from within acquire', () => {
      run(({ cold, expectObservable }) => {
        const stop = new Subject<void>();
        const released: unknown[] = [];
        const resource = withResource({
          acquire() {
            stop.next();
            return cold('--a|');
          },
          use: () => NEVER,
          release: (opened) => void released.push(opened),
        });

        expectObservable(resource.pipe(takeUntil(stop))).toBe('|');
        expectObservable(timer(3).pipe(map(() => released))).toBe('---(x|)', { x: ['a'] });
      });
    });

    it('should release a shared resource though its only user was stopped from within acquire', () => {
      run(({ cold, expectObservable }) => {
        const stop = new Subject<void>();
        const released: unknown[] = [];
        const shared = shareResource({
          acquire() {
            stop.next();
            return cold('--a|');
          },
          release: (opened) => void released.push(opened),
        });

        expectObservable(shared.use(() => NEVER).pipe(takeUntil(stop))).toBe('|');
        expectObservable(timer(3).pipe(map(() => released))).toBe('---(x|)', { x: ['a'] });
      });
    });

    it('should release a shared resource though who had waited for another was stopped from within acquire', () => {
      run(({ cold, expectObservable }) => {
        const stop = new Subject<void>();
        const released: unknown[] = [];
        let opened = 0;
        const shared = shareResource({
          acquire() {
            if (++opened > 1) stop.next();
            return cold('--a|');
          },
          release: (resource) => void released.push(resource),
        });
        const use = shared.use(() => NEVER);

        expectObservable(concat(use.pipe(takeUntil(cold('-x'))), use.pipe(takeUntil(stop)))).toBe('--|');
        expectObservable(timer(5).pipe(map(() => released))).toBe('-----(x|)', { x: ['a', 'a'] });
      });
    });

    it('should let two groups unsubscribe each other', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t1 = cold('   ---|     ');
        const t1subs = '    --^--!   ';
        const t2 = cold('   -----|   ');
        const t2subs = '    --^----! ';
        const stop = cold(' --s      ');
        const expected = '  -------x ';
        const [one, two] = [new Subscription(), new Subscription()];
        const member = (other: Subscription, teardown: Observable<unknown>): Observable<never> =>
          runner({
            run: () => NEVER,
            teardown: () => {
              other.unsubscribe();
              return teardown;
            },
          });
        one.add(group([member(two, t1)]).subscribe());
        two.add(group([member(one, t2)]).subscribe());

        const result = stop.pipe(
          switchMap(() => drain(one)),
          map(() => 'x'),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should let two groups unsubscribe each other where one of them ends by itself', () => {
      const settling = new Subject<never>();
      const end = new Subject<never>();
      const sad = new Error('sad');
      const [one, two] = [new Subscription(), new Subscription()];
      const second = runner({
        run: () => NEVER,
        teardown: () => {
          one.unsubscribe();
          return settling;
        },
      });

      const errors = unhandledErrors(() => {
        two.add(group({ second }).subscribe());
        one.add(group({ end, first: NEVER.pipe(finalize(() => two.unsubscribe())) }).subscribe());
        end.complete();
        settling.error(sad);
      });

      expect(errors).toStrictEqual([failedWith({ path: ['first', 'second'], phase: 'teardown', error: sad })]);
    });

    it('should let three groups unsubscribe each other in a ring', () => {
      const settling = [new Subject<never>(), new Subject<never>(), new Subject<never>()] as const;
      const log: string[] = [];
      const subscriptions = settling.map(() => new Subscription());
      settling.forEach((teardown, index) => {
        const next = subscriptions[(index + 1) % 3];
        const member = runner({
          run: () => NEVER,
          teardown: () => {
            next?.unsubscribe();
            return teardown;
          },
        });
        subscriptions[index]?.add(group([member]).subscribe());
      });

      drain(subscriptions[0] ?? new Subscription()).subscribe({ complete: () => log.push('drained') });
      settling[0].complete();
      settling[1].complete();
      log.push('last');
      settling[2].complete();

      expect(log).toStrictEqual(['last', 'drained']);
    });

    it('should still send what fails somewhere, once', () => {
      const settling = new Subject<never>();
      const sad = new Error('sad');
      const running = new Subscription();
      const own = runner({
        run: () => NEVER,
        teardown: () => {
          running.unsubscribe();
          return settling;
        },
      });
      const end = new Subject<never>();
      running.add(group({ own, end }).subscribe({ error: () => undefined }));

      const errors = unhandledErrors(() => {
        end.complete();
        settling.error(sad);
      });

      expect(errors).toStrictEqual([failedWith({ path: ['own'], phase: 'teardown', error: sad })]);
    });
  });

  describe('a grace period that is over', () => {
    it('should be told to what begins in a call in which it came, at once', () => {
      run(({ cold, expectObservable }) => {
        const told: boolean[] = [];
        const source = new Observable((subscriber) => {
          subscriber.next('a');
          return () => awaitTeardown(({ signal }) => void told.push(signal.aborted));
        });
        const result = group({ a: cold('-x').pipe(switchRun(() => source)) }, { grace: 0 }).pipe(take(1));

        expectObservable(result).toBe('-(a|)');
        expectObservable(timer(2).pipe(map(() => told))).toBe('--(t|)', { t: [true] });
      });
    });

    it('should end what is drained after it, though that settles as soon as it is told', () => {
      const log: string[] = [];
      const [stop, grace] = [new Subject(), new Subject()];
      const ending = new Observable((subscriber) => subscriber.complete());
      const side = runner({
        run: () => NEVER,
        teardown: ({ signal }) => (signal.aborted ? ending : fromEvent(signal, 'abort').pipe(take(1))),
      }).subscribe();

      NEVER.pipe(
        finalize(() => awaitTeardown(NEVER)),
        finalizeAsync(() => drain(side).pipe(tap({ complete: () => log.push('drained') }))),
        stopWhen(stop, { grace }),
      ).subscribe({ error: () => log.push('over') });
      stop.next(1);
      grace.next(1);

      expect(log).toStrictEqual(['drained', 'over']);
    });
  });

  describe('what begins when the grace period is over', () => {
    /** Hangs, and does this when the grace period of the group around it is over. */
    const releasing = (release: () => unknown): Observable<unknown> =>
      withResource({
        acquire: () => 'it',
        use: () => stoppable(NEVER, NEVER),
        release: release as () => Observable<unknown>,
      });

    it.each<[string, (log: string[]) => Observable<unknown>, readonly string[]]>([
      ['run', () => NEVER, ['begun', 'torn down']],
      [
        'queue',
        (log) => group([NEVER, of('never').pipe(tap(() => log.push('started')))], { concurrency: 1 }),
        ['begun', 'torn down'],
      ],
      [
        'series',
        (log) =>
          merge(of('a'), NEVER).pipe(
            switchRun(() =>
              stoppable(
                NEVER.pipe(
                  startWith(0),
                  tap(() => log.push('run')),
                ),
                EMPTY,
              ),
            ),
          ),
        ['begun', 'run', 'torn down'],
      ],
    ])('should be over when what is drained in it has settled: a %s', (_, source, expected) => {
      run(({ flush }) => {
        const log: string[] = [];
        const other = stoppable(source(log), EMPTY).subscribe();
        const release = (): Observable<unknown> => {
          log.push('begun');
          return drain(other).pipe(tap({ complete: () => log.push('torn down') }));
        };

        group([releasing(release), timer(2)], { grace: 3 }).subscribe({ error: () => undefined });
        flush();

        expect(new Set(log)).toStrictEqual(new Set(expected));
        expect(other.closed).toBe(true);
      });
    });

    it('should be told so at once, where a promise has brought it later', async () => {
      const log: unknown[] = [];
      let bring: (work: Observable<unknown>) => void = () => undefined;
      const brought = new Promise<Observable<unknown>>((resolve) => (bring = resolve));
      const goodbye = runner({ run: () => NEVER, teardown: ({ signal }) => void log.push(signal.aborted) });

      group([runner({ run: () => NEVER, teardown: () => brought }), EMPTY], { grace: EMPTY }).subscribe({
        error: (error: unknown) => log.push(String(error)),
      });
      bring(goodbye);
      await brought;
      await Promise.resolve();

      expect(log).toStrictEqual([expect.stringContaining('had not settled'), true]);
    });
  });

  describe('detached', () => {
    it('should not make the group wait for what a finalizer unsubscribes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---|');
        const tsubs = '   --^--!';
        const expected = '--|   ';
        const cache = stoppable(NEVER, t).subscribe();

        const member = NEVER.pipe(finalize(() => detached(() => cache.unsubscribe())));

        expectObservable(group([member, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should leave the scope as it was, also when its function throws', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---|');
        const tsubs = '   --^--!';
        const expected = '-----|';
        const member = new Observable(() => () => {
          try {
            detached(() => {
              throw new Error('sad');
            });
          } catch {
            awaitTeardown(t);
          }
        });

        expectObservable(group([member, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be what happens without any scope: the work runs to its end, and its failure is reported', () => {
      const settling = new Subject<never>();

      const errors = unhandledErrors(() => {
        stoppable(NEVER, settling).subscribe().unsubscribe();
        settling.error(new Error('sad'));
      });

      expect(errors).toStrictEqual([new Error('sad')]);
    });
  });

  describe('another library', () => {
    interface Protocol {
      readonly scope:
        | {
            readonly open: boolean;
            readonly reason: unknown;
            register(force?: () => void): (failure?: Failure) => void;
          }
        | undefined;
    }

    /** What such a library would do: it knows but the key, and may be loaded where nothing has put anything there. */
    const current = (): Protocol['scope'] =>
      (globalThis as unknown as Record<symbol, Protocol | undefined>)[Symbol.for('rx-runner.ambient.1')]?.scope;

    it('should have its teardown awaited', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---|');
        const tsubs = '   --^--!';
        const expected = '-----|';
        const foreign = new Observable(() => () => {
          const report = current()?.register();
          t.subscribe({ complete: () => report?.() });
        });

        expectObservable(group([foreign, e1])).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have its failures counted, under the name of the member', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---#', undefined, 'sad');
        const tsubs = '   --^--!';
        const expected = '-----#';
        const foreign = new Observable(() => () => {
          const report = current()?.register();
          t.subscribe({
            error: (error: unknown) => {
              report?.({ path: ['socket'], phase: 'teardown', error });
              report?.({ path: [], phase: 'teardown', error: 'too' });
              report?.();
            },
          });
        });

        expectObservable(group({ foreign, e1 })).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['foreign', 'socket'], phase: 'teardown', error: 'sad' },
            { path: ['foreign'], phase: 'teardown', error: 'too' },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be told when the grace period is over', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   --|     ');
        const e1subs = '    ^-!     ';
        const grace = time('  ---|  ');
        const kill = cold('      k  ');
        const killsubs = '  -----^  ';
        const expected = '  -----#  ';
        const foreign = new Observable(() => () => {
          current()?.register(() => kill.subscribe());
        });

        expectObservable(group([foreign, e1], { grace, errors: 'first' })).toBe(
          expected,
          undefined,
          expect.objectContaining({ name: 'GraceExceededError', path: ['0'] }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(kill.subscriptions).toBe(killsubs);
      });
    });

    it('should see an open scope with the reason of the stop during a teardown, and none elsewhere', () => {
      const seen: unknown[] = [];
      const foreign = new Observable(() => () => {
        const scope = current();
        seen.push(scope?.open, scope?.reason);
      });
      const end = new Subject<never>();

      const before = current();
      group({ foreign, end }).subscribe();
      const during = current();
      end.complete();

      expect([before, during, current()]).toStrictEqual([undefined, undefined, undefined]);
      expect(seen).toStrictEqual([true, new StopError({ by: ['end'] })]);
    });

    it('should not be taken for a subscription', () => {
      const scopes: unknown[] = [];
      const foreign = new Observable(() => () => void scopes.push(current()));

      group([foreign, EMPTY]).subscribe();

      expect(scopes).toHaveLength(1);
      expect(Object.keys(scopes[0] as object)).not.toContain('add');
    });
  });
});
