import { afterEach, describe, expect, it } from '@jest/globals';
import {
  concat,
  config,
  defer,
  finalize,
  from,
  mergeMap,
  Observable,
  of,
  repeat,
  share,
  Subject,
  take,
  throwError,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import { asInterop } from './interop.js';
import { firehose } from './firehose.js';
import { run } from './marbles.js';

/**
 * The cases that hold for every operator in a configuration in which it passes everything on.
 *
 * `operator` makes one for values of any type; it is called anew for each pipeline. `concurrently`: whether its result may
 * have two subscribers at once.
 */
export function itBehavesLikeAnOperator(
  name: string,
  operator: <T>() => MonoTypeOperatorFunction<T>,
  { concurrently = true }: { readonly concurrently?: boolean } = {},
): void {
  describe(name, () => {
    afterEach(() => {
      config.onStoppedNotification = null;
    });

    it.each(rows)('$title', (row) => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = row.source === 'hot' ? hot(row.e1, undefined, 'sad') : cold(row.e1, undefined, 'sad');

        const result = e1.pipe(operator());

        expectObservable(result).toBe(row.expected, undefined, 'sad');
        expectSubscriptions(e1.subscriptions).toBe(row.e1subs);
      });
    });

    it('should allow unsubscribing explicitly and early', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  -a--^--b--c--d--e--|');
        const e1subs = '      ^------!        ';
        const expected = '    ---b--c-        ';
        const unsub = '       -------!        ';

        const result = e1.pipe(operator());

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should not break unsubscription chain when unsubscribed explicitly', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  -a--^--b--c--d--e--|');
        const e1subs = '      ^------!        ';
        const expected = '    ---b--c-        ';
        const unsub = '       -------!        ';

        const result = e1.pipe(
          mergeMap((value) => of(value)),
          operator(),
          mergeMap((value) => of(value)),
        );

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should not break unsubscription chain with interop sources and inners', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  -a--^--b--c--d--e--|');
        const e1subs = '      ^------!        ';
        const expected = '    ---b--c-        ';
        const unsub = '       -------!        ';

        const result = from(asInterop(e1)).pipe(
          mergeMap((value) => asInterop(of(value))),
          operator(),
          mergeMap((value) => asInterop(of(value))),
        );

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should pass on the end of an interop source', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-b-|   ');
        const e1subs = '  ^----!   ';
        const e2 = cold('      -c-#');
        const e2subs = '  -----^--!';
        const expected = '-a-b--c-#';

        const result = concat(from(asInterop(e1)).pipe(operator()), from(asInterop(e2)).pipe(operator()));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should stop listening to a synchronous observable when unsubscribed', () => {
      const emitted: number[] = [];
      const received: number[] = [];
      let completed = false;

      firehose(emitted)
        .pipe(operator(), take(3))
        .subscribe({ next: (value) => received.push(value), complete: () => (completed = true) });

      expect({ emitted, received, completed }).toStrictEqual({
        emitted: [0, 1, 2],
        received: [0, 1, 2],
        completed: true,
      });
    });

    it('should complete when the source is reentrant', () => {
      const source = new Subject<number>();
      const log: unknown[] = [];

      source.pipe(operator()).subscribe({
        next: (value) => {
          log.push(value);
          if (value < 3) source.next(value + 1);
          else source.complete();
        },
        complete: () => log.push('complete'),
      });
      source.next(1);

      expect(log).toStrictEqual([1, 2, 3, 'complete']);
    });

    it('should not subscribe before it is subscribed to', () => {
      let subscriptions = 0;
      const result = defer(() => {
        subscriptions++;
        return of('a');
      }).pipe(operator());
      const before = subscriptions;

      result.subscribe();

      expect([before, subscriptions]).toStrictEqual([0, 1]);
    });

    it('should run anew for each subscriber', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = cold('        -a-b-|        ');
        const overlapping = hot('x--y----z|    ');
        const e1subs = ['        ^----!        ', '---^----!     ', '--------^----!'];
        const expected = '       -a-ba-b--a-b-|';
        const successive = hot(' x-----y-----z|     ');
        const e1subsInTurn = ['  ^----!             ', '------^----!       ', '------------^----!'];
        const expectedInTurn = ' -a-b---a-b---a-b-|';

        const result = e1.pipe(operator());

        const subscribe = concurrently ? overlapping : successive;
        expectObservable(subscribe.pipe(mergeMap(() => result))).toBe(concurrently ? expected : expectedInTurn);
        expectSubscriptions(e1.subscriptions).toBe(concurrently ? e1subs : e1subsInTurn);
      });
    });

    it('should be referentially transparent', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   -a-b-|     ');
        const e1subs = '    ^----!     ';
        const expected1 = ' -a-b-|     ';
        const e2 = cold('   --c--d--e-#');
        const e2subs = '    ^---------!';
        const expected2 = ' --c--d--e-#';
        const reused = operator<string>();

        expectObservable(e1.pipe(reused)).toBe(expected1);
        expectObservable(e2.pipe(reused)).toBe(expected2);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should finalize the source before the sink after a completion', () => {
      expect(finalizersOf(operator, (source) => source.complete())).toStrictEqual(['source', 'sink']);
    });

    it('should finalize the source before the sink after an error', () => {
      expect(finalizersOf(operator, (source) => source.error(new Error('sad')))).toStrictEqual(['source', 'sink']);
    });

    it('should finalize the source before the sink after an unsubscription', () => {
      expect(finalizersOf(operator, (_, unsubscribe) => unsubscribe())).toStrictEqual(['source', 'sink']);
    });

    it('should finalize the source before the sink when the source ends while it is being subscribed', () => {
      const log: string[] = [];
      const source = of('a').pipe(finalize(() => log.push('source')));

      source
        .pipe(
          operator(),
          finalize(() => log.push('sink')),
        )
        .subscribe();

      expect(log).toStrictEqual(['source', 'sink']);
    });

    it('should complete while it is being subscribed', () => {
      const log: unknown[] = [];

      of('a', 'b')
        .pipe(operator())
        .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });
      log.push('subscribed');

      expect(log).toStrictEqual(['a', 'b', 'complete', 'subscribed']);
    });

    it('should err while it is being subscribed', () => {
      const log: unknown[] = [];
      const sad = new Error('sad');

      concat(
        of('a'),
        throwError(() => sad),
      )
        .pipe(operator())
        .subscribe({ next: (value) => log.push(value), error: (error: unknown) => log.push(error) });
      log.push('subscribed');

      expect(log).toStrictEqual(['a', sad, 'subscribed']);
    });

    it('should pass on what the source throws while it is being subscribed', () => {
      const log: unknown[] = [];
      const sad = new Error('sad');
      const source = new Observable<string>((subscriber) => {
        subscriber.next('a');
        throw sad;
      });

      source
        .pipe(operator())
        .subscribe({ next: (value) => log.push(value), error: (error: unknown) => log.push(error) });

      expect(log).toStrictEqual(['a', sad]);
    });

    it.each([undefined, null, 0, ''])('should err with %p, if that is the error', (error) => {
      const log: unknown[] = [];
      const source = new Observable<string>((subscriber) => subscriber.error(error));

      source
        .pipe(operator())
        .subscribe({ error: (reason: unknown) => log.push(['error', reason]), complete: () => log.push('complete') });

      expect(log).toStrictEqual([['error', error]]);
    });

    it('should run a shared source again, though it ends while it is being subscribed', () => {
      const log: string[] = [];
      let finalized = 0;
      const shared = of('a', 'b').pipe(
        finalize(() => finalized++),
        share(),
      );

      shared
        .pipe(operator(), repeat(3))
        .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });

      expect(log).toStrictEqual(['a', 'b', 'a', 'b', 'a', 'b', 'complete']);
      expect(finalized).toBe(3);
    });

    it('should leave no observer on the source when it was unsubscribed', () => {
      const source = new Subject<string>();

      const subscription = source.pipe(operator()).subscribe();
      const during = source.observed;
      subscription.unsubscribe();

      expect([during, source.observed]).toStrictEqual([true, false]);
    });

    it('should leave no observer on the source when downstream has had enough', () => {
      const source = new Subject<string>();

      source.pipe(operator(), take(1)).subscribe();
      const during = source.observed;
      source.next('a');

      expect([during, source.observed]).toStrictEqual([true, false]);
    });

    it('should ignore what comes after the end, and report it where RxJS does', () => {
      run(({ flush }) => {
        const log: unknown[] = [];
        const reported: unknown[] = [];
        config.onStoppedNotification = (notification) => {
          reported.push(notification);
        };
        const source = new Observable<string>((subscriber) => {
          const notifications = [
            () => subscriber.next('a'),
            () => subscriber.complete(),
            () => subscriber.next('late'),
            () => subscriber.error('too late'),
            () => subscriber.complete(),
          ];
          for (const notify of notifications) notify();
        });

        source.pipe(operator()).subscribe({
          next: (value) => log.push(value),
          error: (error: unknown) => log.push(error),
          complete: () => log.push('complete'),
        });
        flush();

        expect(log).toStrictEqual(['a', 'complete']);
        expect(reported).toMatchObject([{ kind: 'N', value: 'late' }, { kind: 'E', error: 'too late' }, { kind: 'C' }]);
      });
    });

    it('should ignore what comes after the unsubscription', () => {
      const log: unknown[] = [];
      let emit: (value: string) => void = () => undefined;
      const source = new Observable<string>((subscriber) => {
        emit = (value) => subscriber.next(value);
      });

      const subscription = source.pipe(operator()).subscribe({
        next: (value) => log.push(value),
        error: (error: unknown) => log.push(error),
        complete: () => log.push('complete'),
      });
      emit('a');
      subscription.unsubscribe();
      emit('b');

      expect(log).toStrictEqual(['a']);
    });

    it('should not lift', () => {
      const source = new Subject<string>();

      const result = source.pipe(operator());

      expect(Object.getPrototypeOf(result)).toBe(Observable.prototype);
    });
  });
}

interface Row {
  readonly title: string;
  readonly source: 'cold' | 'hot';
  readonly e1: string;
  readonly e1subs: string;
  readonly expected: string;
}

const rows: readonly Row[] = [
  {
    title: 'should work with empty',
    source: 'cold',
    e1: '      |   ',
    e1subs: '  (^!)',
    expected: '|   ',
  },
  {
    title: 'should go on forever on never',
    source: 'cold',
    e1: '      -',
    e1subs: '  ^',
    expected: '-',
  },
  {
    title: 'should work with throw',
    source: 'cold',
    e1: '      #   ',
    e1subs: '  (^!)',
    expected: '#   ',
  },
  {
    title: 'should propagate error from an observable with values',
    source: 'cold',
    e1: '      -a-(bc)-#',
    e1subs: '  ^-------!',
    expected: '-a-(bc)-#',
  },
  {
    title: 'should pass on the values and the completion of a cold source',
    source: 'cold',
    e1: '      a-b-(c|)',
    e1subs: '  ^---!   ',
    expected: 'a-b-(c|)',
  },
  {
    title: 'should pass on what a hot source emits from the subscription on',
    source: 'hot',
    e1: '      -a--^--b--c--|',
    e1subs: '      ^--------!',
    expected: '    ---b--c--|',
  },
  {
    title: 'should pass on the error of a hot source',
    source: 'hot',
    e1: '      -a--^--b--c--#',
    e1subs: '      ^--------!',
    expected: '    ---b--c--#',
  },
];

/** Which of the two finalizers run, in which order, when a stream ends. */
function finalizersOf(
  operator: <T>() => MonoTypeOperatorFunction<T>,
  end: (source: Subject<string>, unsubscribe: () => void) => void,
): string[] {
  const log: string[] = [];
  const source = new Subject<string>();
  const subscription = source
    .pipe(
      finalize(() => log.push('source')),
      operator(),
      finalize(() => log.push('sink')),
    )
    .subscribe({ error: () => undefined });
  source.next('a');
  end(source, () => subscription.unsubscribe());
  subscription.unsubscribe();
  return log;
}
