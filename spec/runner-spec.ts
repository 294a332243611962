import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  concat,
  config,
  EMPTY,
  finalize,
  mergeMap,
  NEVER,
  Observable,
  of,
  repeat,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
  type ObservableInput,
} from 'rxjs';
import * as entry from '../src/index.js';
import {
  awaitTeardown,
  drain,
  GraceExceededError,
  group,
  named,
  runner,
  RunGroupError,
  settle,
  start,
  StopError,
  stopWhen,
  type LifecycleEvent,
  type RunContext,
  type RunnerDefinition,
  type TeardownContext,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { asInterop } from './helpers/interop.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolved, onRejected) => {
    resolve = onResolved;
    reject = onRejected;
  });
  return { promise, resolve, reject };
}

/** What a member fails with, as the group sees it that it is alone in; or that is stopped, when another member ends. */
async function failuresOf(member: Observable<unknown>, stopped = false): Promise<unknown> {
  const other = new Subject<void>();
  const { done } = start(group({ member, other }, { until: stopped ? 'first' : ['member'] }));
  if (stopped) other.complete();
  return done.then(
    () => [],
    (error: unknown) => (error as RunGroupError).failures.map(({ phase, error: each }) => [phase, each]),
  );
}

function aborted({ signal }: RunContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

describe('runner', () => {
  afterEach(() => {
    config.onUnhandledError = null;
    jest.restoreAllMocks();
  });

  itBehavesLikeAnOperator('of an Observable', () => (source) => runner(() => source));

  describe('of an Observable', () => {
    it('should emit what run returns and complete with it', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--|');
        const e1subs = '   ^-------!';
        const expected = ' --a--b--|';

        expectObservable(runner(() => e1)).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should unsubscribe an interop Observable', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^-----!     ';
        const unsub = '    ------!     ';
        const expected = ' --a--b-     ';

        expectObservable(
          runner(() => asInterop(e1)),
          unsub,
        ).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should run once more when it is subscribed from within its own value', () => {
      let runs = 0;
      const seen: number[] = [];
      const e1: Observable<number> = runner(() => of(++runs));

      const again = (): unknown => e1.subscribe((value) => seen.push(value));

      e1.subscribe((value) => {
        seen.push(value);
        again();
      });

      expect(seen).toStrictEqual([1, 2]);
    });

    it('should not begin again before the teardowns of the run that ended have settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  a-|        ');
        const e2 = cold('    ---|      ');
        const e1subs = ['  ^-!        ', '-----^-!   '];
        const e2subs = ['  --^--!     ', '-------^--!'];
        const expected = ' a----a----|';
        const member = runner(() => e1.pipe(finalize(() => awaitTeardown(e2))));

        expectObservable(member.pipe(repeat(2))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe('of any other result', () => {
    const inputs: [string, () => ObservableInput<string>][] = [
      ['an Observable', () => of('a', 'b')],
      ['an interop Observable', () => asInterop(of('a', 'b'))],
      ['an array', () => ['a', 'b']],
      ['an array-like', () => ({ length: 2, 0: 'a', 1: 'b' })],
      ['a Set', () => new Set(['a', 'b'])],
      [
        'a generator',
        function* () {
          yield 'a';
          yield 'b';
        },
      ],
      [
        'an async generator',
        // eslint-disable-next-line @typescript-eslint/require-await -- it yields at once
        async function* () {
          yield 'a';
          yield 'b';
        },
      ],
      [
        'an async iterable without return()',
        () => {
          const values = ['a', 'b'];
          const next = () => Promise.resolve({ done: values.length === 0, value: values.shift() });
          return { [Symbol.asyncIterator]: () => ({ next }) } as AsyncIterable<string>;
        },
      ],
      [
        'a ReadableStream',
        () =>
          new ReadableStream<string>({
            start: (controller) => {
              controller.enqueue('a');
              controller.enqueue('b');
              controller.close();
            },
          }),
      ],
      [
        'a stream that only has a reader',
        () => {
          const stream = new ReadableStream<string>({
            start: (controller) => {
              controller.enqueue('a');
              controller.enqueue('b');
              controller.close();
            },
          });
          return { getReader: () => stream.getReader() } as ObservableInput<string>;
        },
      ],
    ];

    it.each(inputs)('should emit the values of %s', async (_, input) => {
      const seen: string[] = [];

      await start(runner(input), (value) => seen.push(value)).done;

      expect(seen).toStrictEqual(['a', 'b']);
    });

    it('should emit the result of a promise', async () => {
      const seen: number[] = [];

      await start(
        runner(() => Promise.resolve(42)),
        (value) => seen.push(value),
      ).done;

      expect(seen).toStrictEqual([42]);
    });

    it('should emit the result of a thenable', async () => {
      const seen: number[] = [];
      const thenable = { then: (onFulfilled: (value: number) => void) => { onFulfilled(42); } }; // prettier-ignore

      await start(
        runner(() => thenable as PromiseLike<number>),
        (value) => seen.push(value),
      ).done;

      expect(seen).toStrictEqual([42]);
    });

    it('should emit null, zero and the empty string of a promise', async () => {
      const seen: unknown[] = [];

      for (const value of [null, 0, '']) {
        await start(
          runner(() => Promise.resolve(value)),
          (each) => seen.push(each),
        ).done;
      }

      expect(seen).toStrictEqual([null, 0, '']);
    });

    it('should emit nothing for a promise without a result', async () => {
      const seen: unknown[] = [];

      await start(
        runner(async () => {
          await Promise.resolve();
        }),
        (value) => seen.push(value),
      ).done;

      expect(seen).toStrictEqual([]);
    });

    it('should emit an undefined that is no result of a promise', () => {
      run(({ expectObservable }) => {
        expectObservable(runner(() => [undefined, 'a'])).toBe('(ua|)', { u: undefined, a: 'a' });
      });
    });

    it('should complete without calling teardown when run returns nothing', () => {
      const teardown = jest.fn<() => void>();

      run(({ expectObservable }) => {
        expectObservable(runner({ run: () => undefined, teardown })).toBe('|');
      });

      expect(teardown).not.toHaveBeenCalled();
    });

    it.each([
      ['a string', 'abc', "'abc'"],
      ['a number', 7, '7'],
      ['null', null, 'null'],
      ['a boolean', false, 'false'],
      ['a plain object', { done: true }, '{done: true}'],
      ['a function', () => NEVER, '[function (anonymous)]'],
      ['an object without a prototype', Object.create(null) as object, '{}'],
    ])('should fail when run returns %s', (_, result, shown) => {
      const errors: unknown[] = [];
      const teardown = jest.fn<() => void>();

      runner({ run: () => result as never, teardown }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toContain(shown);
      expect(String(errors[0])).toContain('runner');
      expect(teardown).not.toHaveBeenCalled();
    });

    it.each([
      ['a promise', () => Promise.reject(new Error('lost'))],
      [
        'an async generator',
        // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- it only throws
        async function* () {
          throw new Error('lost');
        },
      ],
      [
        'a generator',
        // eslint-disable-next-line require-yield -- it only throws
        function* () {
          throw new Error('lost');
        },
      ],
      [
        'a ReadableStream',
        () =>
          new ReadableStream({
            start: (controller) => {
              controller.error(new Error('lost'));
            },
          }),
      ],
    ])('should err with the error of %s', async (_, result) => {
      await expect(start(runner(result as () => ObservableInput<never>)).done).rejects.toThrow('lost');
    });

    it('should call then of a thenable only once', async () => {
      const { promise, resolve } = deferred();
      // as the queries of a database do, it does its work anew for each call
      const then = jest.fn((onFulfilled: () => void, onRejected: () => void) => promise.then(onFulfilled, onRejected));

      const stopped = start(runner(() => ({ then }) as unknown as PromiseLike<void>)).stop();
      resolve();
      await stopped;

      expect(then).toHaveBeenCalledTimes(1);
    });

    it('should pull the next value of an async iterator when the last one was taken', async () => {
      const log: string[] = [];
      async function* numbers() {
        log.push('pulled 1');
        yield await Promise.resolve(1);
        log.push('pulled 2');
        yield await Promise.resolve(2);
      }

      await start(runner(numbers), (value) => log.push(`taken ${value}`)).done;

      expect(log).toStrictEqual(['pulled 1', 'taken 1', 'pulled 2', 'taken 2']);
    });

    it('should call return() of no iterator that has ended', async () => {
      const end = jest.fn();
      const iterator = {
        next: () => Promise.resolve({ done: true, value: undefined }),
        return: end,
      };

      await start(runner(() => ({ [Symbol.asyncIterator]: () => iterator }) as unknown as AsyncIterable<never>)).done;

      expect(end).not.toHaveBeenCalled();
    });

    it.each([
      ['rejects', () => Promise.reject(new Error('lost'))],
      [
        'throws',
        () => {
          throw new Error('lost');
        },
      ],
    ])('should call return() of no iterator whose next() %s', async (_, next) => {
      const end = jest.fn(() => Promise.resolve({ done: true, value: undefined }));

      const ended = start(
        runner(() => ({ [Symbol.asyncIterator]: () => ({ next, return: end }) }) as unknown as AsyncIterable<never>),
      ).done;

      await expect(ended).rejects.toThrow('lost');
      expect(end).not.toHaveBeenCalled();
    });
  });

  describe('run', () => {
    it('should err when run throws, without calling teardown', () => {
      const teardown = jest.fn<() => void>();

      run(({ expectObservable }) => {
        const failure = new Error('no port');
        const run = (): Observable<never> => {
          throw failure;
        };

        expectObservable(runner({ run, teardown })).toBe('#', undefined, failure);
      });

      expect(teardown).not.toHaveBeenCalled();
    });

    it('should be called once for each subscription, and not before', () => {
      const contexts: RunContext[] = [];
      const member = runner((context) => {
        contexts.push(context);
        return NEVER;
      });
      expect(contexts).toHaveLength(0);

      const first = member.subscribe();
      const second = member.subscribe();
      first.unsubscribe();

      expect(contexts).toHaveLength(2);
      expect(contexts.map(({ signal }) => signal.aborted)).toStrictEqual([true, false]);
      second.unsubscribe();
    });

    it('should keep this in an instance of a class', () => {
      class Worker implements RunnerDefinition {
        readonly name = 'worker';
        readonly log: string[] = [];

        run(): Observable<string> {
          this.log.push('run');
          return of(this.name).pipe(mergeMap((value) => concat(of(value), NEVER)));
        }

        teardown(): void {
          this.log.push('teardown');
        }
      }
      const worker = new Worker();
      const seen: unknown[] = [];

      runner(worker)
        .pipe(take(1))
        .subscribe((value) => seen.push(value));

      expect(seen).toStrictEqual(['worker']);
      expect(worker.log).toStrictEqual(['run', 'teardown']);
    });

    it('should stop when it is unsubscribed from within run', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--|   ');
        const e1subs = '   (^!)        ';
        const e2 = cold('  ---|        ');
        const e2subs = '   ^--!        ';
        const expected = ' ---|        ';
        const stop = new Subject<void>();
        const member = runner({
          run: () => {
            stop.next();
            return e1;
          },
          teardown: () => e2,
        });

        expectObservable(member.pipe(stopWhen(stop))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should give the member its name: the own one, or that of the function', () => {
      const paths: unknown[] = [];
      const fail = (): Observable<never> => throwError(() => new Error('lost'));
      function poll() {
        return fail();
      }

      for (const member of [runner({ name: 'api', run: fail }), runner(poll), runner(poll).pipe(named('worker'))]) {
        group([member]).subscribe({
          error: (error: unknown) => paths.push((error as RunGroupError).failures.map(({ path }) => path)),
        });
      }

      expect(paths).toStrictEqual([[['api']], [['poll']], [['worker']]]);
    });
  });

  describe('signal', () => {
    it('should abort with one StopError, which the teardown is given too', () => {
      const reasons: unknown[] = [];
      const member = runner({
        run: ({ signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason));
          return NEVER;
        },
        teardown: ({ reason }) => {
          reasons.push(reason);
        },
      });

      member.subscribe().unsubscribe();

      expect(reasons).toStrictEqual([expect.any(StopError), expect.any(StopError)]);
      expect(reasons[0]).toBe(reasons[1]);
      expect(reasons[0]).toMatchObject({ name: 'AbortError', message: 'stopped' });
    });

    it('should abort with the same StopError for all that is stopped at once, and say by whom', () => {
      const failure = new Error('lost');
      const reasons: StopError[] = [];
      const member = runner(({ signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason as StopError));
        return NEVER;
      });

      group({ a: member, b: member, c: throwError(() => failure) }).subscribe({ error: () => undefined });

      expect(reasons).toHaveLength(2);
      expect(reasons[0]).toBe(reasons[1]);
      expect(reasons[0]).toMatchObject({ by: ['c'], cause: failure });
    });

    it('should be made when it is read, and only once', () => {
      const original = globalThis.AbortController;
      let made = 0;
      class Counted extends AbortController {
        constructor() {
          super();
          made++;
        }
      }
      const counts: number[] = [];
      globalThis.AbortController = Counted;

      try {
        for (const reads of [0, 1, 2]) {
          made = 0;
          const run = (context: RunContext) => Array.from({ length: reads }, () => context.signal.aborted);
          runner(run).subscribe();
          counts.push(made);
        }
      } finally {
        globalThis.AbortController = original;
      }

      expect(counts).toStrictEqual([0, 1, 1]);
    });

    it('should have aborted already when it is read after the stop', () => {
      const contexts: RunContext[] = [];
      const reasons: StopError[] = [];

      runner({
        run: (context) => {
          contexts.push(context);
          return NEVER;
        },
        teardown: ({ reason }) => {
          reasons.push(reason);
        },
      })
        .subscribe()
        .unsubscribe();

      expect(contexts[0]?.signal.aborted).toBe(true);
      expect(contexts[0]?.signal.reason).toBe(reasons[0]);
    });

    it.each([
      ['completed', () => EMPTY],
      ['failed', () => throwError(() => new Error('lost'))],
    ])('should not abort when the run has %s by itself', (_, end) => {
      const signals: AbortSignal[] = [];

      runner(({ signal }) => {
        signals.push(signal);
        return end();
      })
        .subscribe({ error: () => undefined })
        .unsubscribe();

      expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false]);
    });

    it('should have no listener that the run has not added itself', () => {
      const signals: AbortSignal[] = [];
      const member = runner(({ signal }) => {
        signals.push(signal);
        return NEVER;
      });

      const subscription = member.subscribe();
      const during = signals.map((signal) => getEventListeners(signal, 'abort').length);
      subscription.unsubscribe();

      expect(during).toStrictEqual([0]);
      expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toStrictEqual([0]);
    });
  });

  describe('ready', () => {
    function readiness(member: Observable<unknown>): Observable<string> {
      return new Observable((subscriber) => {
        const next = ({ type, path }: LifecycleEvent): void => {
          if (type === 'ready') subscriber.next(path.join('/'));
        };
        group({ member }, { lifecycle: { next } }).subscribe({ complete: () => subscriber.complete() });
      });
    }

    it('should make the member ready, once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --r--r-a-|');
        const e1subs = '   ^--------!';
        const expected = ' --m------|';
        const member = runner((context) =>
          e1.pipe(
            tap((value) => {
              if (value === 'r') context.ready();
            }),
          ),
        );

        // its values are not passed on, lest the first of them makes the member ready
        expectObservable(readiness(member)).toBe(expected, { m: 'member' });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should be called for by the first value, where nobody calls it', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  ---a--b--|');
        const e1subs = '   ^--------!';
        const expected = ' ---m-----|';

        expectObservable(readiness(runner(() => e1))).toBe(expected, { m: 'member' });
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should do nothing outside a group, nor after the end', () => {
      const contexts: RunContext[] = [];
      const completed = jest.fn();

      runner((context) => {
        contexts.push(context);
        context.ready();
        return EMPTY;
      }).subscribe({ complete: completed });
      contexts[0]?.ready();

      expect(contexts).toHaveLength(1);
      expect(completed).toHaveBeenCalledTimes(1);
    });
  });

  describe('stop', () => {
    it('should abort the signal, then unsubscribe, then call teardown', () => {
      const log: string[] = [];
      const member = runner({
        run: ({ signal }) => {
          signal.addEventListener('abort', () => log.push('signal'));
          return NEVER.pipe(finalize(() => log.push('run')));
        },
        teardown: () => {
          log.push('teardown');
        },
      }).pipe(finalize(() => log.push('sink')));

      member.subscribe().unsubscribe();

      expect(log).toStrictEqual(['signal', 'run', 'teardown', 'sink']);
    });

    it('should wait for teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^-----!     ';
        const e2 = cold('        ---|   ');
        const e2subs = '   ------^--!  ';
        const stop = '     ------x     ';
        const expected = ' --a--b---|  ';
        const member = runner({ run: () => e1, teardown: () => e2 });

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should wait for teardown also where a subscriber has had enough', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^-!         ';
        const e2 = cold('    ---|       ');
        const e2subs = '   --^--!       ';
        const expected = ' --a--|       ';
        const member = runner({ run: () => e1, teardown: () => e2 });

        expectObservable(member.pipe(take(1), settle())).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it.each([
      ['completed', '  --a--|', '  --a--|'],
      ['failed', '     --a--#', '  --a--#'],
    ])('should not call teardown when the run has %s', (_, source, expected) => {
      const teardown = jest.fn<() => void>();

      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(source);

        expectObservable(runner({ run: () => e1, teardown }), '-------!').toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe('^----!');
      });

      expect(teardown).not.toHaveBeenCalled();
    });

    it('should not call teardown when the run ended in the frame of the stop, but before it', () => {
      const teardown = jest.fn<() => void>();
      const source = new Subject<void>();

      const subscription = runner({ run: () => source, teardown }).subscribe();
      source.complete();
      subscription.unsubscribe();

      expect(teardown).not.toHaveBeenCalled();
    });

    it('should call teardown once, however often it is stopped', () => {
      const teardown = jest.fn(() => {
        subscription.unsubscribe();
      });
      const subscription = runner({ run: () => NEVER, teardown }).subscribe();

      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(teardown).toHaveBeenCalledTimes(1);
    });

    it('should go on with the teardown when whoever waits for it is unsubscribed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^--!        ';
        const e2 = cold('     -----|    ');
        const e2subs = '   ---^----!   ';
        const stop = '     ---x        ';
        const unsub = '    -----!      ';
        const expected = ' --a--       ';
        const member = runner({ run: () => e1, teardown: () => e2 });

        expectObservable(member.pipe(stopWhen(cold(stop))), unsub).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should emit no value after the stop', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^---!       ';
        const e2 = cold('      --x--y--|');
        const e2subs = '   ----^-------!';
        const stop = '     ----x       ';
        const expected = ' --a---------|';
        const member = runner({ run: () => e1, teardown: () => e2 });

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should tell a teardown that takes too long when the grace period is over', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold('    -----------');
        const e1subs = '     ^--!       ';
        const e2 = cold('       --------');
        const e2subs = '     ---^       ';
        const stop = '       ---x       ';
        const grace = time('    ----|   ');
        const expected = '   -------#   ';
        const contexts: TeardownContext[] = [];
        const seen: boolean[] = [];
        const member = runner({
          run: () => e1,
          teardown: (context) => {
            contexts.push(context);
            context.signal.addEventListener('abort', () => seen.push(context.signal.aborted));
            return e2;
          },
        });

        expectObservable(
          member.pipe(
            stopWhen(cold(stop), { grace }),
            tap({
              error: (error: unknown) => {
                expect(error).toBeInstanceOf(GraceExceededError);
                expect(seen).toStrictEqual([true]);
              },
            }),
          ),
        ).toBe(expected, undefined, new GraceExceededError([], 4));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should fail as a teardown does that throws, after the finalizers of the run', () => {
      const failure = new Error('stuck');
      const log: string[] = [];
      const errors: unknown[] = [];
      const member = runner({
        run: () => concat(of('a'), NEVER).pipe(finalize(() => log.push('run'))),
        teardown: () => {
          throw failure;
        },
      });

      member.pipe(take(1), settle()).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(log).toStrictEqual(['run']);
      expect(errors).toStrictEqual([failure]);
    });

    it('should fail as a teardown does that errs later', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failure = new Error('stuck');
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^-----!     ';
        const e2 = cold('        ---#   ', undefined, failure);
        const e2subs = '   ------^--!  ';
        const stop = '     ------x     ';
        const expected = ' --a--b---#  ';
        const member = runner({ run: () => e1, teardown: () => e2 });

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected, undefined, failure);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should fail when teardown returns what nobody can wait for', () => {
      const errors: unknown[] = [];
      const teardown = (): never => ({ closed: true }) as never;

      drain(runner({ run: () => NEVER, teardown }).subscribe()).subscribe({
        error: (error: unknown) => errors.push(error),
      });

      expect(errors).toStrictEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toContain('got {closed: true}');
    });

    it('should report all that fails, in the order in which it happens', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [inRun, inTeardown] = [new Error('in a finalizer'), new Error('in the teardown')];
        const e1 = cold('  --a--b--c--|');
        const e1subs = '   ^-----!     ';
        const e2 = cold('        ---#   ', undefined, inTeardown);
        const e2subs = '   ------^--!  ';
        const stop = '     ------x     ';
        const expected = ' --a--b---#  ';
        const throws = finalize<string>(() => {
          throw inRun;
        });
        const member = runner({ run: () => e1.pipe(throws), teardown: () => e2 });
        const failure = new RunGroupError([
          { path: [], phase: 'teardown', error: inRun },
          { path: [], phase: 'teardown', error: inTeardown },
        ]);

        expectObservable(member.pipe(stopWhen(cold(stop)))).toBe(expected, undefined, failure);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should report the error of a teardown that nobody waits for', async () => {
      const errors = unhandled();
      const failure = new Error('stuck');

      runner({ run: () => NEVER, teardown: () => throwError(() => failure) })
        .subscribe({ error: () => errors.push('told') })
        .unsubscribe();
      await afterReports();

      expect(errors).toStrictEqual([failure]);
    });
  });

  describe('stop of a promise', () => {
    it('should wait for the promise, and drop its result', async () => {
      const { promise, resolve } = deferred<string>();
      const seen: unknown[] = [];
      const running = start(
        runner(() => promise),
        (value) => seen.push(value),
      );

      const stopped = running.stop();
      await afterReports();
      expect(running.closed).toBe(false);
      resolve('late');
      await stopped;

      expect(running.closed).toBe(true);
      expect(seen).toStrictEqual([]);
    });

    it('should call teardown at once, and wait for both', async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const parts = [deferred(), deferred()];
        const teardown = jest.fn(() => parts[1]?.promise);
        const running = start(runner({ run: () => parts[0]?.promise, teardown }));

        const stopped = running.stop();
        expect(teardown).toHaveBeenCalledTimes(1);
        for (const part of order) {
          await afterReports();
          expect(running.closed).toBe(false);
          parts[part]?.resolve();
        }
        await stopped;

        expect(running.closed).toBe(true);
      }
    });

    it.each([
      ['the reason of the signal', aborted],
      ['an abort error', ({ signal }: RunContext) => sleep(2 ** 30, undefined, { signal })],
      [
        'an abort error of the platform',
        (context: RunContext) => aborted(context).catch(() => Promise.reject(new DOMException('', 'AbortError'))),
      ],
    ])('should be clean when it rejects with %s', async (_, member) => {
      const running = start(runner(member));

      await expect(running.stop()).resolves.toBeUndefined();
    });

    it('should be clean when the signal was never read', async () => {
      const { promise, reject } = deferred();
      const stopped = start(runner(() => promise)).stop();
      reject(new DOMException('', 'AbortError'));

      await expect(stopped).resolves.toBeUndefined();
    });

    it('should fail in its run when it rejects with anything else', async () => {
      const failure = new Error('lost');

      const failures = await failuresOf(
        runner((context) => aborted(context).catch(() => Promise.reject(failure))),
        true,
      );

      expect(failures).toStrictEqual([['run', failure]]);
    });

    it('should fail when it rejects with the reason of another stop', async () => {
      const failures = await failuresOf(
        runner((context) => aborted(context).catch(() => Promise.reject(new RangeError('stopped')))),
        true,
      );

      expect(failures).toStrictEqual([['run', expect.any(RangeError)]]);
    });

    it('should fail in its run when it rejects with an abort error before the stop', async () => {
      const failure = new DOMException('not by us', 'AbortError');

      expect(await failuresOf(runner(() => Promise.reject(failure)))).toStrictEqual([['run', failure]]);
    });

    it('should fail with both when the run and its teardown fail', async () => {
      const [inRun, inTeardown] = [new Error('in the run'), new Error('in the teardown')];
      const member = runner({
        run: (context) => aborted(context).catch(() => Promise.reject(inRun)),
        teardown: () => Promise.reject(inTeardown),
      });

      const failures = await failuresOf(member, true);

      expect(failures).toHaveLength(2);
      expect(failures).toStrictEqual(
        expect.arrayContaining([
          ['run', inRun],
          ['teardown', inTeardown],
        ]),
      );
    });

    it('should report a late rejection that nobody waits for', async () => {
      const errors = unhandled();
      const { promise, reject } = deferred();
      const failure = new Error('late');

      runner(() => promise)
        .subscribe({ error: () => errors.push('told') })
        .unsubscribe();
      reject(failure);
      await afterReports();

      expect(errors).toStrictEqual([failure]);
    });

    it('should leave a promise behind when the grace period is over, and say so', async () => {
      const errors: unknown[] = [];
      const { promise } = deferred();

      await new Promise<void>((resolve) => {
        drain(runner(() => promise).subscribe(), { grace: of('over') }).subscribe({
          error: (error: unknown) => {
            errors.push(error);
            resolve();
          },
        });
      });

      expect(errors).toStrictEqual([expect.any(GraceExceededError)]);
      expectLeftRunning(1);
    });
  });

  describe('stop of an iterator', () => {
    it('should call return() of a generator that is not at its end', () => {
      const log: string[] = [];
      function* numbers() {
        try {
          yield 1;
          yield 2;
        } finally {
          log.push('closed');
        }
      }

      runner(numbers)
        .pipe(take(1))
        .subscribe({ next: (value) => log.push(`taken ${value}`), complete: () => log.push('complete') });

      expect(log).toStrictEqual(['taken 1', 'complete', 'closed']);
    });

    it('should count what a generator throws while it is closed', () => {
      const failure = new Error('stuck');
      const errors: unknown[] = [];
      function* numbers() {
        try {
          yield 1;
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- the case of the test
          throw failure;
        }
      }

      runner(numbers)
        .pipe(take(1), settle())
        .subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([failure]);
    });

    it('should signal an async generator, and wait for its end', async () => {
      const log: string[] = [];
      const { promise, resolve } = deferred<string>();
      async function* numbers({ signal }: RunContext) {
        signal.addEventListener('abort', () => log.push('signal'));
        try {
          yield await promise;
        } finally {
          log.push('closed');
        }
      }
      const running = start(runner(numbers), () => log.push('value'));

      const stopped = running.stop();
      await afterReports();
      expect(running.closed).toBe(false);
      resolve('late');
      await stopped;

      expect(log).toStrictEqual(['signal', 'closed']);
    });

    it('should call return() of an async iterator at once, and wait for it and for the value under way', async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const parts = [deferred<IteratorResult<string>>(), deferred<IteratorResult<string>>()];
        const end = jest.fn(() => parts[1]?.promise);
        const iterator = { next: () => parts[0]?.promise, return: end } as unknown as AsyncIterator<string>;
        const running = start(runner(() => ({ [Symbol.asyncIterator]: () => iterator }) as AsyncIterable<string>));

        const stopped = running.stop();
        expect(end).toHaveBeenCalledTimes(1);
        for (const part of order) {
          await afterReports();
          expect(running.closed).toBe(false);
          parts[part]?.resolve({ done: true, value: undefined });
        }
        await stopped;

        expect(running.closed).toBe(true);
      }
    });

    it('should wait for the value under way of an async iterator without return()', async () => {
      const { promise, resolve } = deferred<IteratorResult<string>>();
      const next = jest.fn(() => promise);
      const running = start(runner(() => ({ [Symbol.asyncIterator]: () => ({ next }) }) as AsyncIterable<string>));

      const stopped = running.stop();
      await afterReports();
      expect(running.closed).toBe(false);
      resolve({ done: false, value: 'late' });
      await stopped;

      expect(next).toHaveBeenCalledTimes(1);
    });

    it('should pull no more when its subscriber has had enough', async () => {
      const log: string[] = [];
      async function* numbers() {
        try {
          yield await Promise.resolve(1);
          log.push('pulled 2');
          yield await Promise.resolve(2);
        } finally {
          await Promise.resolve();
          log.push('closed');
        }
      }

      await start(runner(numbers).pipe(take(1))).done;

      expect(log).toStrictEqual(['closed']);
    });

    it('should be clean when an async generator rejects with the reason of the signal', async () => {
      async function* numbers(context: RunContext) {
        yield await aborted(context);
      }

      await expect(start(runner(numbers)).stop()).resolves.toBeUndefined();
    });

    it('should fail in its run when an async generator rejects with anything else', async () => {
      const failure = new Error('lost');
      async function* numbers(context: RunContext) {
        try {
          yield await aborted(context);
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- the case of the test
          throw failure;
        }
      }

      expect(await failuresOf(runner(numbers), true)).toStrictEqual([['run', failure]]);
    });

    it.each([
      ['rejects', () => Promise.reject(new Error('stuck'))],
      [
        'throws',
        () => {
          throw new Error('stuck');
        },
      ],
    ])('should fail in its teardown when return() %s', async (_, end) => {
      const next = () => Promise.resolve({ done: false, value: 'a' });
      const member = runner(() => ({ [Symbol.asyncIterator]: () => ({ next, return: end }) }));

      await expect(start(member.pipe(take(1))).done).rejects.toThrow('stuck');
    });

    it('should cancel a ReadableStream', async () => {
      const cancel = jest.fn<() => void>();
      const stream = new ReadableStream<string>({
        start: (controller) => {
          controller.enqueue('a');
        },
        cancel,
      });

      await start(runner(() => stream).pipe(take(1))).done;

      expect(cancel).toHaveBeenCalledTimes(1);
    });

    it('should cancel a ReadableStream that has no chunk yet', async () => {
      const cancel = jest.fn<() => void>();

      await start(runner(() => new ReadableStream<string>({ cancel }))).stop();

      expect(cancel).toHaveBeenCalledTimes(1);
    });

    it('should cancel a stream that only has a reader', async () => {
      const cancel = jest.fn<() => void>();
      const stream = new ReadableStream<string>({ cancel });
      const input = { getReader: () => stream.getReader() } as ObservableInput<string>;

      await start(runner(() => input)).stop();

      expect(cancel).toHaveBeenCalledTimes(1);
    });
  });

  describe('after its end', () => {
    it.each([
      ['completion', '  --a--|', 'run complete sink'],
      ['error', '       --a--#', 'run error sink'],
    ])('should finalize the run, then notify, then finalize the sink, on %s', (_, source, expected) => {
      const log: string[] = [];

      run(({ cold, flush }) => {
        runner(() => cold(source).pipe(finalize(() => log.push('run'))))
          .pipe(finalize(() => log.push('sink')))
          .subscribe({ error: () => log.push('error'), complete: () => log.push('complete') });
        flush();
      });

      expect(log.join(' ')).toBe(expected);
    });

    it('should hold its error back until the teardowns of the run have settled, and report theirs too', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const [inRun, inTeardown] = [new Error('in the run'), new Error('in a teardown')];
        const e1 = cold('  --a--#   ', undefined, inRun);
        const e1subs = '   ^----!   ';
        const e2 = cold('       ---#', undefined, inTeardown);
        const e2subs = '   -----^--!';
        const expected = ' --a-----#';
        const failure = new RunGroupError([
          { path: [], phase: 'run', error: inRun },
          { path: [], phase: 'teardown', error: inTeardown },
        ]);

        expectObservable(runner(() => e1.pipe(finalize(() => awaitTeardown(e2))))).toBe(expected, undefined, failure);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should leave nothing behind when it was stopped', () => {
      const subject = new Subject<void>();
      const stop = new Subject<void>();

      runner(() => subject)
        .pipe(takeUntil(stop))
        .subscribe();
      expect(subject.observed).toBe(true);
      stop.next();

      expect(subject.observed).toBe(false);
      expect(stop.observed).toBe(false);
    });
  });

  describe('its definition', () => {
    it.each([
      ['nothing', undefined, "'run'", 'undefined'],
      ['null', null, "'run'", 'undefined'],
      ['a string', 'run', "'run'", 'undefined'],
      ['an empty object', {}, "'run'", 'undefined'],
      ['an Observable', NEVER, "'run'", 'undefined'],
      ['a run that is no function', { run: 1 }, "'run'", '1'],
      ['a teardown that is no function', { run: () => NEVER, teardown: 'later' }, "'teardown'", "'later'"],
      ['a teardown that is null', { run: () => NEVER, teardown: null }, "'teardown'", 'null'],
      ['a name that is no string', { name: 7, run: () => NEVER }, "'name'", '7'],
    ])('should be refused at once when it is %s', (_, definition, option, value) => {
      const make = (): unknown => runner(definition as never);

      expect(make).toThrow(TypeError);
      expect(make).toThrow(option);
      expect(make).toThrow(`got ${value}`);
    });

    it('should tell the type of the values, and refuse what nobody can wait for', () => {
      // The types are checked by the compiler: what the values are, and what `run` may not return.
      const numbers: Observable<number> = runner(() => Promise.resolve(1));
      const maybe: Observable<number> = runner(async () => (await Promise.resolve(true) ? 1 : undefined)); // prettier-ignore
      const none: Observable<never> = runner(async () => {
        await Promise.resolve();
      });
      const strings: Observable<string> = runner({ run: () => of('a'), teardown: () => of(1) });
      // @ts-expect-error -- nobody can wait for a number
      const wrong: Observable<never> = runner(() => 1);

      for (const member of [numbers, maybe, none, strings, wrong]) {
        expect(member).toBeInstanceOf(Observable);
      }
    });

    it('should be found in the root entry', () => {
      expect(Object.keys(entry)).toContain('runner');
    });
  });

  it('should tear down exactly the runs that were stopped, whatever happens and in whichever order', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('subscribe' as const) }),
      fc.record({
        type: fc.constantFrom('next' as const, 'complete' as const, 'error' as const, 'unsubscribe' as const),
        which: fc.nat(3),
      }),
    );

    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const model = { started: 0, tornDown: 0, ended: 0 };
        const seen = { started: 0, tornDown: 0, ended: 0 };
        const runs: { source: Subject<number>; live: boolean; unsubscribe: () => void }[] = [];
        const sources: Subject<number>[] = [];
        const member = runner({
          run: () => {
            seen.started++;
            const source = new Subject<number>();
            sources.push(source);
            return source;
          },
          teardown: () => {
            seen.tornDown++;
          },
        });
        const end = (): void => {
          seen.ended++;
        };

        for (const each of steps) {
          if (each.type === 'subscribe') {
            const subscription = member.subscribe({ error: end, complete: end });
            const source = sources.at(-1) ?? new Subject<number>();
            runs.push({ source, live: true, unsubscribe: () => subscription.unsubscribe() });
            model.started++;
          } else {
            const one = runs[each.which];
            if (each.type === 'unsubscribe') {
              one?.unsubscribe();
              if (one?.live) model.tornDown++;
            } else {
              one?.source[each.type](1);
              if (one?.live && each.type !== 'next') model.ended++;
            }
            if (one && each.type !== 'next') one.live = false;
          }
          expect(seen).toStrictEqual(model);
          expect(sources.filter(({ observed }) => observed)).toHaveLength(runs.filter(({ live }) => live).length);
        }
        for (const one of runs) one.unsubscribe();
        expect(sources.filter(({ observed }) => observed)).toHaveLength(0);
        expect(seen.tornDown + seen.ended).toBe(seen.started);
      }),
      { numRuns: 200 },
    );
  });

  describe('stopped within run', () => {
    it.each<[string, (source: Observable<number>) => unknown]>([
      ['as it is', (source) => source],
      ['as a promise brings it', (source) => Promise.resolve(source)],
    ])('should subscribe to an Observable that is async iterable as well, %s', async (_, bring) => {
      const iterator = jest.fn<() => AsyncIterator<number>>();
      const source = Object.assign(of(1, 2), { [Symbol.asyncIterator]: iterator });
      const seen: unknown[] = [];

      await start(
        runner(() => bring(source) as Observable<number>),
        (value) => seen.push(value),
      ).done;

      expect(seen).toStrictEqual([1, 2]);
      expect(iterator).not.toHaveBeenCalled();
    });

    it.each<[string, () => unknown]>([
      [
        'a stream that somebody else reads',
        () => {
          const stream = new ReadableStream();
          stream.getReader();
          return stream;
        },
      ],
      [
        'an iterable that cannot be iterated over',
        () => ({
          [Symbol.asyncIterator]: () => {
            throw new TypeError('not now');
          },
        }),
      ],
    ])('should fail with what a promise brings after the stop that cannot be closed: %s', async (_, bring) => {
      let resolve: (value: unknown) => void = () => undefined;
      const stopped = start(runner(() => new Promise<unknown>((settle) => (resolve = settle)))).stop();

      resolve(bring());

      await expect(stopped).rejects.toMatchObject({ name: 'TypeError' });
    });

    it('should count what run throws after it was stopped', () => {
      const stop = new Subject<void>();
      const errors: unknown[] = [];
      const stopsItself = runner({
        name: 'api',
        run: () => {
          stop.complete();
          throw new Error('too late');
        },
      });

      group([stop, stopsItself]).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([
        new RunGroupError([{ path: ['api'], phase: 'run', error: new Error('too late') }]),
      ]);
    });

    it('should have stopped cleanly when run throws the reason of its signal', () => {
      const stop = new Subject<void>();
      const log: string[] = [];
      const stopsItself = runner(({ signal }) => {
        stop.complete();
        throw signal.reason as Error;
      });

      group([stop, stopsItself]).subscribe({ error: () => log.push('error'), complete: () => log.push('complete') });

      expect(log).toStrictEqual(['complete']);
    });
  });
});
