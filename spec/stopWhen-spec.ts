import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  asyncScheduler,
  catchError,
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  NEVER,
  Observable,
  of,
  repeat,
  Subject,
  take,
  tap,
  type MonoTypeOperatorFunction,
  type ObservableInput,
} from 'rxjs';
import {
  awaitTeardown,
  detached,
  GraceExceededError,
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

/** Fails at once, with anything. */
function failing(error: unknown): Observable<never> {
  return new Observable((subscriber) => subscriber.error(error));
}

/** Emits the failures of a `RunGroupError`, so that a marble can stand for them. */
const failures = catchError((error: unknown) => of((error as RunGroupError).failures));

/** The next error that nobody handled. */
function unhandledError(): Promise<unknown> {
  return new Promise((resolve) => {
    config.onUnhandledError = resolve;
  });
}

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

afterEach(() => {
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('stopWhen a notifier', () => stopWhen(NEVER));
itBehavesLikeAnOperator('stopWhen a signal', () => stopWhen(new AbortController().signal, { grace: 5 }));

describe('stopWhen', () => {
  it('should stop the source when the notifier emits, and complete when its teardown has settled', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--b--c--d--|');
      const e1subs = '  ^-----!        ';
      const e2 = hot('  ------x--|     ');
      const e2subs = '  ^-----!        ';
      const t1 = cold('       ---|     ');
      const t1subs = '  ------^--!     ';
      const expected = '--a--b---|     ';

      const result = e1.pipe(tearingDown(t1), stopWhen(e2));

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(t1.subscriptions).toBe(t1subs);
    });
  });

  describe('with a notifier', () => {
    interface Row {
      readonly title: string;
      readonly e1: string;
      readonly e1subs: string;
      readonly e2: string;
      readonly e2subs: string;
      readonly expected: string;
    }

    it.each<Row>([
      {
        title: 'should take values until the notifier emits',
        e1: '      --a--b--c--d--|',
        e1subs: '  ^-----!        ',
        e2: '      ------x--|     ',
        e2subs: '  ^-----!        ',
        expected: '--a--b|        ',
      },
      {
        title: 'should take values until the notifier errs, and pass its error on',
        e1: '      --a--b--c--d--|',
        e1subs: '  ^-----!        ',
        e2: '      ------#        ',
        e2subs: '  ^-----!        ',
        expected: '--a--b#        ',
      },
      {
        title: 'should take all values when the notifier is empty',
        e1: '      --a--b--|',
        e1subs: '  ^-------!',
        e2: '      |        ',
        e2subs: '  (^!)     ',
        expected: '--a--b--|',
      },
      {
        title: 'should take all values when the notifier completes later without a value',
        e1: '      --a--b--|',
        e1subs: '  ^-------!',
        e2: '      ---|     ',
        e2subs: '  ^--!     ',
        expected: '--a--b--|',
      },
      {
        title: 'should take all values when the notifier never emits, and let go of it',
        e1: '      --a--b--|',
        e1subs: '  ^-------!',
        e2: '      -        ',
        e2subs: '  ^-------!',
        expected: '--a--b--|',
      },
      {
        title: 'should let go of the notifier when the source completes before it emits',
        e1: '      --a|     ',
        e1subs: '  ^--!     ',
        e2: '      ------x  ',
        e2subs: '  ^--!     ',
        expected: '--a|     ',
      },
      {
        title: 'should let go of the notifier when the source errs before it emits',
        e1: '      --a#     ',
        e1subs: '  ^--!     ',
        e2: '      ------x  ',
        e2subs: '  ^--!     ',
        expected: '--a#     ',
      },
      {
        title: 'should complete when the notifier emits before the first value',
        e1: '      ----a--b--|',
        e1subs: '  ^-!        ',
        e2: '      --x        ',
        e2subs: '  ^-!        ',
        expected: '--|        ',
      },
      {
        title: 'should complete with a source that never emits when the notifier emits',
        e1: '      -  ',
        e1subs: '  ^-!',
        e2: '      --x',
        e2subs: '  ^-!',
        expected: '--|',
      },
      {
        title: 'should err with a source that never emits when the notifier errs',
        e1: '      -  ',
        e1subs: '  ^-!',
        e2: '      --#',
        e2subs: '  ^-!',
        expected: '--#',
      },
      {
        title: 'should go on forever with a source that never emits when the notifier is empty',
        e1: '      -   ',
        e1subs: '  ^   ',
        e2: '      |   ',
        e2subs: '  (^!)',
        expected: '-   ',
      },
      {
        title: 'should go on forever when neither ever emits',
        e1: '      -',
        e1subs: '  ^',
        e2: '      -',
        e2subs: '  ^',
        expected: '-',
      },
      {
        title: 'should complete with an empty source, and let go of the notifier',
        e1: '      |   ',
        e1subs: '  (^!)',
        e2: '      --x ',
        e2subs: '  (^!)',
        expected: '|   ',
      },
      {
        title: 'should err with a source that errs at once, and let go of the notifier',
        e1: '      #   ',
        e1subs: '  (^!)',
        e2: '      --x ',
        e2subs: '  (^!)',
        expected: '#   ',
      },
      {
        title: 'should stop before a value of the same frame, since the notifier was subscribed first',
        e1: '      --a--b--|',
        e1subs: '  ^----!   ',
        e2: '      -----x   ',
        e2subs: '  ^----!   ',
        expected: '--a--|   ',
      },
      {
        title: 'should stop before an error of the same frame, since the notifier was subscribed first',
        e1: '      --a--#',
        e1subs: '  ^----!',
        e2: '      -----x',
        e2subs: '  ^----!',
        expected: '--a--|',
      },
      {
        title: 'should stop once when the notifier emits several values in one frame',
        e1: '      --a--b--|     ',
        e1subs: '  ^--!          ',
        e2: '      ---(xyz)--x-x|',
        e2subs: '  ^--!          ',
        expected: '--a|          ',
      },
    ])('$title', (row) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(row.e1);
        const e2 = cold(row.e2);

        const result = e1.pipe(stopWhen(e2));

        expectObservable(result).toBe(row.expected);
        expectSubscriptions(e1.subscriptions).toBe(row.e1subs);
        expectSubscriptions(e2.subscriptions).toBe(row.e2subs);
      });
    });

    it('should complete without subscribing to the source when the notifier emits synchronously', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const expected = '|        ';

        const result = e1.pipe(stopWhen(of('x')));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe([]);
      });
    });

    it('should err without subscribing to the source when the notifier errs synchronously', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const sad = new Error('sad');
        const e1 = hot('  --a--b--|');
        const expected = '#        ';

        const result = e1.pipe(stopWhen(failing(sad)));

        expectObservable(result).toBe(expected, undefined, sad);
        expectSubscriptions(e1.subscriptions).toBe([]);
      });
    });

    it('should subscribe to the source when the notifier completes synchronously without a value', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--|');
        const e1subs = '  ^-------!';
        const expected = '--a--b--|';

        const result = e1.pipe(stopWhen(EMPTY));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should allow unsubscribing explicitly and early, from both', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--|');
        const e1subs = '  ^---!       ';
        const e2 = hot('  --------x   ');
        const e2subs = '  ^---!       ';
        const expected = '--a--       ';
        const unsub = '   ----!       ';

        const result = e1.pipe(stopWhen(e2));

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should not break unsubscription chain of the notifier when unsubscribed explicitly', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--|');
        const e1subs = '  ^---!       ';
        const e2 = hot('  --------x   ');
        const e2subs = '  ^---!       ';
        const expected = '--a--       ';
        const unsub = '   ----!       ';

        const result = e1.pipe(
          map((value) => value),
          stopWhen(asInterop(e2.pipe(map((value) => value)))),
          map((value) => value),
        );

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should let go of both when downstream has had enough', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--|');
        const e1subs = '  ^-!         ';
        const e2 = hot('  --------x   ');
        const e2subs = '  ^-!         ';
        const expected = '--(a|)      ';

        const result = e1.pipe(stopWhen(e2), take(1));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should let go of a Subject', () => {
      const [source, notifier] = [new Subject<string>(), new Subject<string>()];

      source.pipe(stopWhen(notifier)).subscribe();
      const during = [source.observed, notifier.observed];
      notifier.next('x');

      expect([during, source.observed, notifier.observed]).toStrictEqual([[true, true], false, false]);
    });

    it('should subscribe to the notifier first, and anew for each subscriber', () => {
      const log: string[] = [];
      const logged = (name: string): Observable<never> =>
        defer(() => {
          log.push(name);
          return NEVER;
        });

      const result = logged('source').pipe(stopWhen(logged('notifier')));
      log.push('built');
      result.subscribe().unsubscribe();
      result.subscribe().unsubscribe();

      expect(log).toStrictEqual(['built', 'notifier', 'source', 'notifier', 'source']);
    });

    it('should stop a source that makes the notifier emit while it is being subscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -   ');
        const e1subs = '   (^!)';
        const e2 = new Subject<void>();
        const t1 = cold('  ---|');
        const t1subs = '   ^--!';
        const expected = ' ---|';

        const result = defer(() => {
          e2.next();
          return e1;
        }).pipe(tearingDown(t1), stopWhen(e2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should stop a synchronous source that does not end when a handler makes the notifier emit', () => {
      const [emitted, received]: [number[], number[]] = [[], []];
      const notifier = new Subject<void>();
      let completed = false;

      firehose(emitted, 100_000)
        .pipe(
          tearingDown(() => of('torn down')),
          stopWhen(notifier),
        )
        .subscribe({
          next: (value) => {
            received.push(value);
            if (value === 2) notifier.next();
          },
          complete: () => (completed = true),
        });

      expect({ emitted, received, completed }).toStrictEqual({
        emitted: [0, 1, 2],
        received: [0, 1, 2],
        completed: true,
      });
    });

    it('should stop a synchronous source that does not end as soon as downstream has had enough', () => {
      const emitted: number[] = [];

      const subscription = firehose(emitted, 100_000).pipe(stopWhen(NEVER), take(2)).subscribe();

      expect(emitted).toStrictEqual([0, 1]);
      expect(subscription.closed).toBe(true);
    });

    it('should not mind a notifier that does not end', () => {
      const emitted: number[] = [];
      let completed = false;

      NEVER.pipe(stopWhen(firehose(emitted, 100_000))).subscribe({ complete: () => (completed = true) });

      expect({ emitted, completed }).toStrictEqual({ emitted: [0], completed: true });
    });

    it.each<{ kind: string; notifier: () => ObservableInput<unknown> }>([
      { kind: 'an array', notifier: () => ['now'] },
      { kind: 'an iterable', notifier: () => new Set(['now']) },
      { kind: 'a promise', notifier: () => Promise.resolve('now') },
      { kind: 'an async iterable', notifier: () => oneByOne('now') },
      { kind: 'an interop observable', notifier: () => asInterop(of('now')) },
      { kind: 'a readable stream', notifier: () => new Blob(['now']).stream() as ReadableStream<unknown> },
    ])('should accept $kind', async ({ notifier }) => {
      const outcome = new Promise((resolve, reject) => {
        NEVER.pipe(stopWhen(notifier())).subscribe({ complete: () => resolve('complete'), error: reject });
      });

      await expect(outcome).resolves.toBe('complete');
    });

    it('should err with what a promise has rejected with', async () => {
      const sad = new Error('sad');

      const outcome = new Promise((resolve, reject) => {
        NEVER.pipe(stopWhen(Promise.reject(sad))).subscribe({ complete: () => resolve('complete'), error: reject });
      });

      await expect(outcome).rejects.toBe(sad);
    });

    it.each<{ notifier: unknown; shown: string }>([
      { notifier: undefined, shown: 'undefined' },
      { notifier: null, shown: 'null' },
      { notifier: 5, shown: '5' },
      { notifier: 'SIGTERM', shown: "'SIGTERM'" },
      { notifier: {}, shown: '{}' },
      { notifier: () => NEVER, shown: '[function notifier]' },
    ])('should refuse $shown at the call', ({ notifier, shown }) => {
      const call = (): unknown => stopWhen(notifier as Observable<unknown>);

      expect(call).toThrow(TypeError);
      expect(call).toThrow(`stopWhen: the notifier must be an ObservableInput or an AbortSignal, got ${shown}`);
    });
  });

  describe('with a signal', () => {
    it('should stop the source when it aborts, and complete when its teardown has settled', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const stopping = new AbortController();
        const e1 = hot('  --a--b--c--d--|');
        const e1subs = '  ^-----!        ';
        const t1 = cold('       ---|     ');
        const t1subs = '  ------^--!     ';
        const abort = '   ------x        ';
        const expected = '--a--b---|     ';
        cold(abort).subscribe(() => stopping.abort());

        const result = e1.pipe(tearingDown(t1), stopWhen(stopping.signal));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should complete without subscribing to the source when it has aborted before', () => {
      run(({ hot, expectObservable, expectSubscriptions }) => {
        const signal = AbortSignal.abort();
        const e1 = hot('  --a--b--|');
        const expected = '|        ';

        const result = e1.pipe(stopWhen(signal));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe([]);
        expect(listeners(signal)).toBe(0);
      });
    });

    it('should see that it has aborted between the call and the subscription', () => {
      const stopping = new AbortController();
      const log: string[] = [];

      const result = defer(() => {
        log.push('subscribed');
        return NEVER;
      }).pipe(stopWhen(stopping.signal));
      stopping.abort();
      result.subscribe({ complete: () => log.push('complete') });

      expect(log).toStrictEqual(['complete']);
    });

    it('should add one listener when it is subscribed, not before', () => {
      const { signal } = new AbortController();

      const result = NEVER.pipe(stopWhen(signal));
      const counts = [listeners(signal)];
      const subscription = result.subscribe();
      counts.push(listeners(signal));
      subscription.unsubscribe();
      counts.push(listeners(signal));

      expect(counts).toStrictEqual([0, 1, 0]);
    });

    it.each<{ end: string; source: Observable<unknown> }>([
      { end: 'completes', source: of('a') },
      { end: 'errs', source: failing(new Error('sad')) },
    ])('should remove the listener when the source $end', ({ source }) => {
      const { signal } = new AbortController();
      const go = new Subject<void>();
      const counts: number[] = [];

      concat(go.pipe(take(1)), source)
        .pipe(stopWhen(signal))
        .subscribe({ error: () => undefined });
      counts.push(listeners(signal));
      go.next();
      counts.push(listeners(signal));

      expect(counts).toStrictEqual([1, 0]);
    });

    it('should remove the listener when it has aborted, though the teardown is pending', () => {
      const stopping = new AbortController();

      NEVER.pipe(tearingDown(NEVER), stopWhen(stopping.signal)).subscribe();
      const before = listeners(stopping.signal);
      stopping.abort();

      expect([before, listeners(stopping.signal)]).toStrictEqual([1, 0]);
    });

    it('should stop every subscriber', () => {
      const stopping = new AbortController();
      const log: string[] = [];
      const result = NEVER.pipe(stopWhen(stopping.signal));

      result.subscribe({ complete: () => log.push('first') });
      result.subscribe({ complete: () => log.push('second') });
      const count = listeners(stopping.signal);
      stopping.abort();

      expect(count).toBe(1);
      expect(log).toStrictEqual(['first', 'second']);
    });

    it('should accept a signal of another implementation', () => {
      const heard = new Set<() => void>();
      const signal = {
        aborted: false,
        reason: 'enough',
        addEventListener: (_: string, listener: () => void) => heard.add(listener),
        removeEventListener: (_: string, listener: () => void) => heard.delete(listener),
      };
      const log: unknown[] = [];

      NEVER.pipe(
        tearingDown(({ reason }) => {
          log.push(reason.cause);
        }),
        stopWhen(signal as unknown as AbortSignal),
      ).subscribe({ complete: () => log.push('complete') });
      for (const listener of heard) listener();

      expect(log).toStrictEqual(['enough', 'complete']);
      expect(heard.size).toBe(0);
    });

    it('should be stopped by the signal of a timeout', async () => {
      const signal = AbortSignal.timeout(1);
      const causes: unknown[] = [];

      await new Promise<void>((resolve) => {
        NEVER.pipe(
          tearingDown(({ reason }) => {
            causes.push((reason.cause as Error).name);
          }),
          stopWhen(signal),
        ).subscribe({ complete: resolve });
      });

      expect(causes).toStrictEqual(['TimeoutError']);
      expect(listeners(signal)).toBe(0);
    });
  });

  describe('the reason', () => {
    it('should have the reason of the signal as its cause, and be one for all teardowns', () => {
      const stopping = new AbortController();
      const enough = new Error('enough');
      const reasons: StopError[] = [];
      const keep = ({ reason }: TeardownContext): void => {
        reasons.push(reason);
      };

      NEVER.pipe(tearingDown(keep), tearingDown(keep), stopWhen(stopping.signal)).subscribe();
      stopping.abort(enough);

      expect(reasons).toHaveLength(2);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect(reasons[0]?.cause).toBe(enough);
      expect(reasons[0]?.by).toBeUndefined();
      expect(reasons[1]).toBe(reasons[0]);
    });

    it('should have no cause when a notifier has emitted', () => {
      const notifier = new Subject<string>();
      const reasons: StopError[] = [];

      NEVER.pipe(
        tearingDown(({ reason }) => {
          reasons.push(reason);
        }),
        stopWhen(notifier),
      ).subscribe();
      notifier.next('x');

      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect(reasons[0]?.cause).toBeUndefined();
    });

    it('should have the error of the notifier as its cause', () => {
      const notifier = new Subject<string>();
      const sad = new Error('sad');
      const causes: unknown[] = [];

      NEVER.pipe(
        tearingDown(({ reason }) => {
          causes.push(reason.cause);
        }),
        stopWhen(notifier),
      ).subscribe({ error: (error: unknown) => causes.push(error) });
      notifier.error(sad);

      expect(causes).toHaveLength(2);
      expect(causes[0]).toBe(sad);
      expect(causes[1]).toBe(sad);
    });
  });

  describe('while the teardown is pending', () => {
    it('should pass no value on', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--|');
        const e1subs = '  ^---!       ';
        const e2 = cold(' ----x       ');
        const e2subs = '  ^---!       ';
        const t1 = cold('     -b-c-|  ');
        const t1subs = '  ----^----!  ';
        const expected = '--a------|  ';
        const source = new Observable<string>((subscriber) => {
          e1.subscribe(subscriber);
          subscriber.add(() => awaitTeardown(t1.pipe(tap((value) => subscriber.next(value)))));
        });

        const result = source.pipe(stopWhen(e2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it.each([
      { end: 'has emitted', e2: '---x', expected: '--a|' },
      { end: 'has failed', e2: '---#', expected: '--a#' },
    ])('should pass no value on that comes while a notifier that $end is let go of', ({ e2, expected }) => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('--a----');
        const e1subs = '^--!   ';
        const late = new Subject<string>();

        const result = merge(e1, late).pipe(stopWhen(cold(e2).pipe(finalize(() => late.next('late')))));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should not hear the notifier any more when the source has ended by itself', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a|      ');
        const e1subs = '  ^--!      ';
        const e2 = cold(' ----#     ');
        const e2subs = '  ^--!      ';
        const t1 = cold('    -----| ');
        const t1subs = '  ---^----! ';
        const expected = '--a-----| ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should hold back the error of the source', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a#      ');
        const e1subs = '  ^--!      ';
        const t1 = cold('    -----| ');
        const t1subs = '  ---^----! ';
        const expected = '--a-----# ';

        const result = e1.pipe(tearingDown(t1), stopWhen(NEVER));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should hold back the error of the notifier', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a----   ');
        const e1subs = '  ^--!      ';
        const e2 = cold(' ---#      ');
        const e2subs = '  ^--!      ';
        const t1 = cold('    -----| ');
        const t1subs = '  ---^----! ';
        const expected = '--a-----# ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should not mind a notifier that emits again from within the teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = new Subject<void>();
        const t1 = cold('   ---|');
        const t1subs = '  --^--!';
        const expected = '-----|';
        cold('            --x   ').subscribe(() => e2.next());

        const result = NEVER.pipe(
          tearingDown(() => {
            e2.next();
            return t1;
          }),
          stopWhen(e2),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should wait for the teardown of the notifier that has emitted', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a------');
        const e1subs = '  ^---!    ';
        const e2 = cold(' ----x    ');
        const e2subs = '  ^---!    ';
        const t2 = cold('     ---| ');
        const t2subs = '  ----^--! ';
        const expected = '--a----| ';

        const result = e1.pipe(stopWhen(e2.pipe(tearingDown(t2))));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should wait for the teardown of the notifier when the source ends', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-|    ');
        const e1subs = '  ^---!    ';
        const e2 = cold(' --------x');
        const e2subs = '  ^---!    ';
        const t2 = cold('     ---# ');
        const t2subs = '  ----^--! ';
        const expected = '--a----# ';

        const result = e1.pipe(stopWhen(e2.pipe(tearingDown(t2))));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should wait for the teardown of a notifier that emits at once', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--');
        const t2 = cold(' ---|  ');
        const t2subs = '  ^--!  ';
        const expected = '---|  ';

        const result = e1.pipe(stopWhen(of('x').pipe(tearingDown(t2))));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe([]);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should let go of the rest, and then start what comes next', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a---          ');
        const e1subs = [' ^--!           ', '-----^--!      '];
        const e2 = cold(' ---x           ');
        const e2subs = [' ^--!           ', '-----^--!      '];
        const t1 = cold('    --|         ');
        const t1subs = [' ---^-!         ', '--------^-!    '];
        const expected = '-a----a---|    ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2), repeat(2));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });
  });

  describe('failures', () => {
    it('should pass on the error of the teardown as it is', () => {
      const [sad, log]: [Error, unknown[]] = [new Error('sad'), []];
      const notifier = new Subject<void>();

      NEVER.pipe(tearingDown(failing(sad)), stopWhen(notifier)).subscribe({
        error: (error: unknown) => log.push(error),
      });
      notifier.next();

      expect(log).toHaveLength(1);
      expect(log[0]).toBe(sad);
    });

    it('should put the error of the notifier before those of the teardowns', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [sad, late, early] = [new Error('sad'), new Error('late'), new Error('early')];
        const e1 = cold(' --a----     ');
        const e1subs = '  ^--!        ';
        const e2 = cold(' ---#        ', undefined, sad);
        const e2subs = '  ^--!        ';
        const t1 = cold('    ---#     ', undefined, late);
        const t1subs = '  ---^--!     ';
        const t2 = cold('    -#       ', undefined, early);
        const t2subs = '  ---^!       ';
        const expected = '--a---(x|)  ';

        const result = e1.pipe(tearingDown(t1), tearingDown(t2), stopWhen(e2), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: [], phase: 'run', error: sad },
            { path: [], phase: 'teardown', error: early },
            { path: [], phase: 'teardown', error: late },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should put the error of the source before that of its teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = cold(' --#         ', undefined, sad);
        const e1subs = '  ^-!         ';
        const t1 = cold('   --#       ', undefined, sadder);
        const t1subs = '  --^-!       ';
        const expected = '----(x|)    ';

        const result = e1.pipe(tearingDown(t1), stopWhen(NEVER), failures);

        expectObservable(result).toBe(expected, {
          x: [
            { path: [], phase: 'run', error: sad },
            { path: [], phase: 'teardown', error: sadder },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should count what finalizers throw, and run the others', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = hot('  --a----     ');
        const e1subs = '  ^--!        ';
        const e2 = hot('  ---x        ');
        const e2subs = '  ^--!        ';
        const t1 = cold('    --|      ');
        const t1subs = '  ---^-!      ';
        const expected = '--a--(x|)   ';

        const result = e1.pipe(
          finalize(() => {
            throw sad;
          }),
          tearingDown(t1),
          stopWhen(
            e2.pipe(
              finalize(() => {
                throw sadder;
              }),
            ),
          ),
          failures,
        );

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: [], phase: 'teardown', error: sad },
            { path: [], phase: 'teardown', error: sadder },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should count what a finalizer throws when the source completes while it is being subscribed', () => {
      const [sad, log]: [Error, unknown[]] = [new Error('sad'), []];
      const source = new Observable<string>((subscriber) => {
        subscriber.add(() => {
          throw sad;
        });
        subscriber.next('a');
        subscriber.complete();
      });

      source
        .pipe(stopWhen(NEVER))
        .subscribe({ next: (value) => log.push(value), error: (error: unknown) => log.push(error) });

      expect(log).toHaveLength(2);
      expect(log[0]).toBe('a');
      expect(log[1]).toBe(sad);
    });
  });

  describe('grace', () => {
    it('should end with a GraceExceededError when it is over', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a---      ');
        const e1subs = '  ^---!       ';
        const e2 = cold(' ----x       ');
        const e2subs = '  ^---!       ';
        const t1 = cold('     -------|');
        const t1subs = '  ----^------!';
        const expected = '--a----#    ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2, { grace: 3 }));

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should put the error of the notifier before the GraceExceededError', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a---      ');
        const e1subs = '  ^---!       ';
        const e2 = cold(' ----#       ');
        const e2subs = '  ^---!       ';
        const expected = '--a----(x|) ';

        const result = e1.pipe(tearingDown(NEVER), stopWhen(e2, { grace: 3 }), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: [], phase: 'run', error: 'error' },
            { path: [], phase: 'grace', error: new GraceExceededError([], 3) },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should begin with the stop', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a------ ');
        const e1subs = '  ^-----!   ';
        const e2 = cold(' ------x   ');
        const t1 = cold('       --| ');
        const t1subs = '  ------^-! ';
        const expected = '--a-----| ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2, { grace: 3 }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should count for the end of the source too', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-|      ');
        const e1subs = '  ^---!      ';
        const expected = '--a----#   ';

        const result = e1.pipe(tearingDown(NEVER), stopWhen(NEVER, { grace: 3 }));

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should count for the teardown of the notifier too', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-|      ');
        const e1subs = '  ^---!      ';
        const e2 = cold(' -          ');
        const e2subs = '  ^---!      ';
        const expected = '--a----#   ';

        const result = e1.pipe(stopWhen(e2.pipe(tearingDown(NEVER)), { grace: 3 }));

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], 3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it.each([
      { end: 'first value', marbles: '--x-x|', e3subs: ' ----^-!' },
      { end: 'completion', marbles: ' --|   ', e3subs: ' ----^-!' },
    ])('should be over with the $end of an ObservableInput', ({ marbles, e3subs }) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a---    ');
        const e1subs = '  ^---!     ';
        const e2 = cold(' ----x     ');
        const e3 = cold(marbles);
        const expected = '--a---#   ';

        const result = e1.pipe(tearingDown(NEVER), stopWhen(e2, { grace: e3 }));

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], e3));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it.each([
      { limit: 'Infinity', grace: Infinity },
      { limit: 'an ObservableInput that never fires', grace: NEVER },
      { limit: 'undefined', grace: undefined },
    ])('should have no limit when it is $limit', ({ grace }) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --a-- 60m --|');
        const e1subs = '  ^---!        ';
        const e2 = cold(' ----x        ');
        const t1 = cold('     - 60m --|');
        const t1subs = '  ----^ 60m --!';
        const expected = '--a-- 60m --|';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2, grace === undefined ? {} : { grace }));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should not wait at all when it is 0, which is no error', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const aborted: boolean[] = [];
        const e1 = cold(' --a---    ');
        const e1subs = '  ^---!     ';
        const e2 = cold(' ----x     ');
        const t1 = cold('     ---|  ');
        const t1subs = '  ----^--!  ';
        const expected = '--a-|     ';

        const result = e1.pipe(
          tearingDown(({ signal }) => t1.pipe(finalize(() => aborted.push(signal.aborted)))),
          stopWhen(e2, { grace: 0 }),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        flush();
        expect(aborted).toStrictEqual([true]);
      });
    });

    it('should abort the signals of the teardowns when it is over', () => {
      run(({ cold, flush }) => {
        const log: unknown[] = [];
        const e1 = NEVER.pipe(
          tearingDown(({ signal }) => {
            signal.addEventListener('abort', () => log.push([asyncScheduler.now(), 'aborted']));
            return NEVER;
          }),
          stopWhen(cold('--x'), { grace: 3 }),
        );

        e1.subscribe({ error: (error: unknown) => log.push([asyncScheduler.now(), error]) });
        flush();

        expect(log).toStrictEqual([
          [5, 'aborted'],
          [5, new GraceExceededError([], 3)],
        ]);
      });
    });

    it.each([-1, NaN, '5s', null, {}])('should refuse %p at the call', (grace) => {
      const call = (): unknown => stopWhen(NEVER, { grace } as GraceOptions);

      expect(call).toThrow(TypeError);
      expect(call).toThrow(/^stopWhen: 'grace' must be .*, got (?:-1|NaN|'5s'|null|\{\})$/);
    });
  });

  describe('unsubscribed', () => {
    it('should hand the waiting on to the scope around it while the source runs', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^-!        ';
        const e2 = hot('  ----x      ');
        const e2subs = '  ^-!        ';
        const t1 = cold('   ---#     ');
        const t1subs = '  --^--!     ';
        const expected = '--a--#     ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2), take(1), settle());

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should hand the waiting on to the scope around it while the teardown is pending', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^--!       ';
        const e2 = hot('  ---x       ');
        const e2subs = '  ^--!       ';
        const t1 = cold('    -----|  ');
        const t1subs = '  ---^----!  ';
        const e3 = hot('  ------x    ');
        const e3subs = '  ^-----!    ';
        const expected = '--a-----|  ';

        const result = e1.pipe(tearingDown(t1), stopWhen(e2), stopWhen(e3));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should hand what had failed on to a group', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const [sad, sadder] = [new Error('sad'), new Error('sadder')];
        const e1 = hot('  --a--b--c--  ');
        const e1subs = '  ^--!         ';
        const e2 = hot('  ---#         ', undefined, sad);
        const e2subs = '  ^--!         ';
        const t1 = cold('    -----#    ', undefined, sadder);
        const t1subs = '  ---^----!    ';
        const e3 = hot('  ------|      ');
        const e3subs = '  ^-----!      ';
        const expected = '--a-----(x|) ';

        const result = of(e1.pipe(tearingDown(t1), stopWhen(e2)), e3).pipe(runGroup(), failures);

        expectObservable(result).toBe(expected, {
          a: 'a',
          x: [
            { path: ['0'], phase: 'run', error: sad },
            { path: ['0'], phase: 'teardown', error: sadder },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should be over when the grace period around it is, and abort the signals of the teardowns', () => {
      run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const aborts: number[] = [];
        const e1 = hot('  --a--b--c--');
        const e1subs = '  ^--!       ';
        const e2 = hot('  ---x       ');
        const e3 = hot('  -----x     ');
        const over = cold('    --x   ');
        const expected = '--a----#   ';

        const result = e1.pipe(
          tearingDown(({ signal }) => {
            signal.addEventListener('abort', () => aborts.push(asyncScheduler.now()));
            return NEVER;
          }),
          stopWhen(e2),
          stopWhen(e3, { grace: over }),
          tap({ error: () => expect(aborts).toStrictEqual([7]) }),
        );

        expectObservable(result).toBe(expected, undefined, new GraceExceededError([], over));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should report a failure where nobody waits', async () => {
      const sad = new Error('sad');
      const error = unhandledError();

      NEVER.pipe(tearingDown(failing(sad)), stopWhen(NEVER))
        .subscribe()
        .unsubscribe();

      expect(await error).toBe(sad);
    });

    it('should report the failure of a teardown that was pending where nobody waits any more', async () => {
      const sad = new Error('sad');
      const error = unhandledError();
      const [notifier, work] = [new Subject<void>(), new Subject<void>()];

      const subscription = NEVER.pipe(tearingDown(work), stopWhen(notifier)).subscribe();
      notifier.next();
      subscription.unsubscribe();
      work.error(sad);

      expect(await error).toBe(sad);
    });

    it('should tear down once when a teardown unsubscribes it, and not wait for itself', () => {
      run(({ cold, hot, expectSubscriptions, flush }) => {
        const log: string[] = [];
        const e1 = hot('  --a----');
        const e1subs = '  ^--!   ';
        const e2 = hot('  ---x   ');
        const e2subs = '  ^--!   ';
        const t1 = cold('    --| ');
        const t1subs = '  ---^-! ';
        const subscription = e1
          .pipe(
            tearingDown(() => {
              subscription.unsubscribe();
              return t1;
            }),
            stopWhen(e2),
          )
          .subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });

        flush();

        expect(log).toStrictEqual(['a']);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
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
          stopWhen(NEVER),
          tap(() => stranger.unsubscribe()),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should not wait for what a finalizer unsubscribes in detached()', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('  --x     ');
        const e2subs = '   ^-!     ';
        const t1 = cold('    -----|');
        const t1subs = '   --^----!';
        const expected = ' --|     ';
        const stranger = NEVER.pipe(tearingDown(t1)).subscribe();

        const result = NEVER.pipe(
          finalize(() => detached(() => stranger.unsubscribe())),
          stopWhen(e2),
        );

        expectObservable(result).toBe(expected);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });
  });

  it('should end exactly when the last teardown has settled, with everything that failed', () => {
    const end = fc.constantFrom('complete', 'error');
    const teardown = fc.record({ frames: fc.nat(6), fails: fc.boolean() });
    fc.assert(
      fc.property(
        fc.record({ at: fc.integer({ min: 1, max: 9 }), end, teardowns: fc.array(teardown, { maxLength: 3 }) }),
        fc.record({ at: fc.integer({ min: 1, max: 9 }), end, teardowns: fc.array(teardown, { maxLength: 3 }) }),
        (source, notifier) => {
          fc.pre(source.at !== notifier.at);
          run(({ cold, expectObservable, expectSubscriptions }) => {
            const stop = Math.min(source.at, notifier.at);
            const bySource = source.at === stop;
            const e1 = cold('-'.repeat(source.at) + (source.end === 'error' ? '#' : '|'), undefined, 'source');
            const e2 = cold('-'.repeat(notifier.at) + (notifier.end === 'error' ? '#' : 'x'), undefined, 'notifier');
            const teardowns = [
              ...source.teardowns.map((each) => ({ ...each, of: 'source' })),
              ...notifier.teardowns.map((each) => ({ ...each, of: 'notifier' })),
            ].map((each, index) => {
              const name = `${each.of} ${index}`;
              return { ...each, name, work: cold('-'.repeat(each.frames) + (each.fails ? '#' : '|'), undefined, name) };
            });
            const down = (of: string) => (stream: Observable<string>) =>
              teardowns
                .filter((each) => each.of === of)
                .reduce((above, { work }) => above.pipe(tearingDown(work)), stream);
            // the source is torn down before the notifier, unless the notifier has ended by itself
            const first = !bySource && notifier.end === 'error' ? 'notifier' : 'source';
            const failed: unknown[] = [
              ...teardowns.filter((each) => each.of === first),
              ...teardowns.filter((each) => each.of !== first),
            ]
              .filter(({ fails }) => fails)
              .sort((left, right) => left.frames - right.frames)
              .map(({ name }) => name);
            if (bySource && source.end === 'error') failed.unshift('source');
            if (!bySource && notifier.end === 'error') failed.unshift('notifier');
            const over = stop + Math.max(0, ...teardowns.map(({ frames }) => frames));

            const result = e1.pipe(
              down('source'),
              stopWhen(e2.pipe(down('notifier'))),
              catchError((error: unknown) => of(error instanceof RunGroupError ? error.errors : [error])),
            );

            expectObservable(result).toBe('-'.repeat(over) + (failed.length > 0 ? '(x|)' : '|'), { x: failed });
            const lasts = '^' + '-'.repeat(stop - 1) + '!';
            expectSubscriptions(e1.subscriptions).toBe(lasts);
            expectSubscriptions(e2.subscriptions).toBe(lasts);
            for (const { work, frames } of teardowns) {
              expectSubscriptions(work.subscriptions).toBe(
                '-'.repeat(stop) + (frames > 0 ? '^' + '-'.repeat(frames - 1) + '!' : '(^!)'),
              );
            }
          });
        },
      ),
    );
  });

  it('should keep the type of the values', () => {
    const numbers: Observable<number> = of(1).pipe(stopWhen(of('now')));
    const either: Observable<number | string> = merge(of(1), of('a')).pipe(stopWhen(AbortSignal.abort(), { grace: 1 }));
    const nothing: Observable<never> = NEVER.pipe(stopWhen(Promise.resolve(), { grace: NEVER }));

    // @ts-expect-error -- the values are numbers
    const strings: Observable<string> = numbers.pipe(stopWhen(NEVER));
    // @ts-expect-error -- neither an ObservableInput nor a signal
    const call = (): unknown => stopWhen(new AbortController());

    expect([numbers, either, nothing, strings].every((each) => each instanceof Observable)).toBe(true);
    expect(call).toThrow(TypeError);
  });
});

async function* oneByOne<T>(...values: T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}
