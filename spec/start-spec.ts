import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import {
  concat,
  config,
  EMPTY,
  finalize,
  from,
  mergeMap,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  throwError,
  take,
  timer,
  type ObservableInput,
} from 'rxjs';
import * as entry from '../src/index.js';
import {
  awaitTeardown,
  group,
  RunGroupError,
  runner,
  settle,
  start,
  StopError,
  stopWhen,
  withResource,
  type LifecycleEvent,
  type Run,
  type RunResult,
} from '../src/index.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { program } from './helpers/program.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

function deferred() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolved, onRejected) => {
    resolve = onResolved;
    reject = onRejected;
  });
  return { promise, resolve, reject };
}

/** The source, with a teardown that is awaited. */
function withTeardown<T>(source: Observable<T>, work: Parameters<typeof awaitTeardown>[0]): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.add(() => {
      awaitTeardown(work);
    });
    source.subscribe(subscriber);
  });
}

/** What `done` and `stop()` came to, with the name of each. */
function outcomesOf(promises: Readonly<Record<string, Promise<void>>>): unknown[] {
  const log: unknown[] = [];
  for (const [name, promise] of Object.entries(promises)) {
    promise.then(
      () => log.push(name),
      (error: unknown) => log.push([name, error]),
    );
  }
  return log;
}

describe('start', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('should subscribe at once, and pass on what comes', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--|');
      const e1subs = '   ^-------!';
      const expected = ' --a--b--|';
      const started = new Observable<string>((subscriber) => {
        const { done } = start(e1, subscriber);
        done.catch(() => undefined);
      });

      expectObservable(started).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should tell its end when the teardowns have settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----|';
      const started = new Observable<string>((subscriber) => {
        start(withTeardown(e1, e2), subscriber);
      });

      expectObservable(started).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should tell an error when the teardowns have settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const failure = new Error('lost');
      const e1 = cold('  --a--#   ', undefined, failure);
      const e1subs = '   ^----!   ';
      const e2 = cold('       ---|');
      const e2subs = '   -----^--!';
      const expected = ' --a-----#';
      const started = new Observable<string>((subscriber) => {
        start(withTeardown(e1, e2), subscriber);
      });

      expectObservable(started).toBe(expected, undefined, failure);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should unsubscribe at once when it is stopped, and pass nothing more on', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c--|');
      const e1subs = '   ^-----!     ';
      const unsub = '    ------!     ';
      const expected = ' --a--b-     ';
      const started = new Observable<string>((subscriber) => {
        const running = start(e1, subscriber);
        return () => void running.stop();
      });

      expectObservable(started, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should not break unsubscription chains when it is stopped', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--b--c--|');
      const e1subs = '   ^-----!     ';
      const unsub = '    ------!     ';
      const expected = ' --a--b-     ';
      const source = from(asInterop(e1.pipe(mergeMap((value) => of(value))))).pipe(
        mergeMap((value) => asInterop(of(value))),
      );
      const started = new Observable<string>((subscriber) => {
        const running = start(source, subscriber);
        return () => void running.stop();
      });

      expectObservable(started, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should see of a hot source what comes from then on', () => {
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('-x-^--a--b--|');
      const e1subs = '   ^--------!';
      const expected = ' ---a--b--|';
      const started = new Observable<string>((subscriber) => {
        start(e1, subscriber);
      });

      expectObservable(started).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should run anew each time, and share nothing', async () => {
    let runs = 0;
    const source = runner(() => concat(of(++runs), NEVER));
    const seen: unknown[] = [];
    const [first, second] = ['first', 'second'].map((name) => start(source, (value) => seen.push([name, value])));

    await first?.stop();

    expect(seen).toStrictEqual([
      ['first', 1],
      ['second', 2],
    ]);
    expect([first?.closed, second?.closed]).toStrictEqual([true, false]);
    await second?.stop();
  });

  it('should not be waited for by the scope that it is called in', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|   ');
      const e1subs = '   ^----!   ';
      const e2 = cold('  |        ');
      const e3 = cold('  --------|');
      const e3subs = '   ^-------!';
      const expected = ' --a--|   ';
      const source = new Observable<string>((subscriber) => {
        start(withTeardown(e2, e3));
        e1.subscribe(subscriber);
      });

      expectObservable(source.pipe(settle())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe('(^!)');
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should end before it returns when the source does', async () => {
    const failure = new Error('lost');
    const [completed, failed] = [start(of('a')), start(throwError(() => failure))];

    expect([completed.closed, failed.closed]).toStrictEqual([true, true]);
    await expect(completed.done).resolves.toBeUndefined();
    await expect(failed.done).rejects.toBe(failure);
  });

  it.each<[string, () => ObservableInput<string>, string[]]>([
    ['an array', () => ['a', 'b'], ['a', 'b']],
    ['a promise', () => Promise.resolve('a'), ['a']],
    ['a Set', () => new Set(['a', 'b']), ['a', 'b']],
    ['an interop Observable', () => asInterop(of('a', 'b')), ['a', 'b']],
    [
      'an async iterable',
      async function* () {
        yield await Promise.resolve('a');
        yield await Promise.resolve('b');
      },
      ['a', 'b'],
    ],
  ])('should take %s', async (_, source, expected) => {
    const seen: string[] = [];

    await start(source(), (value) => seen.push(value)).done;

    expect(seen).toStrictEqual(expected);
  });

  it('should run a function as runner does', async () => {
    const seen: unknown[] = [];

    const run = start(
      async ({ signal }) => {
        await Promise.resolve();
        return timer(0).pipe(
          map(() => signal.aborted),
          take(1),
        );
      },
      (value) => seen.push(value),
    );
    await run.done;

    expect(seen).toStrictEqual([false]);
  });

  it.each([
    ['undefined', undefined],
    ['a number', 1],
    ['an object', {}],
  ])('should refuse %s at once', (_, source) => {
    expect(() => start(source as never)).toThrow(TypeError);
  });

  describe('done', () => {
    it('should resolve after a completion', async () => {
      await expect(start(of('a', 'b')).done).resolves.toBeUndefined();
    });

    it('should resolve after a stop', async () => {
      const running = start(NEVER);

      void running.stop();

      await expect(running.done).resolves.toBeUndefined();
    });

    it('should reject with the error of the run', async () => {
      const failure = new Error('lost');

      await expect(start(timer(0).pipe(mergeMap(() => throwError(() => failure)))).done).rejects.toBe(failure);
    });

    it('should reject with the error of a teardown as it is, and with several in their order', async () => {
      const [inRun, inTeardown] = [new Error('lost'), new Error('stuck')];
      const stuck = (): Promise<never> => Promise.reject(inTeardown);

      await expect(start(withTeardown(EMPTY, stuck)).done).rejects.toBe(inTeardown);

      const both: unknown = await start(
        withTeardown(
          throwError(() => inRun),
          stuck,
        ),
      ).done.catch((error: unknown) => error);
      expect(both).toBeInstanceOf(RunGroupError);
      expect((both as RunGroupError).failures).toStrictEqual([
        { path: [], phase: 'run', error: inRun },
        { path: [], phase: 'teardown', error: inTeardown },
      ]);
    });

    it('should be pending while a teardown is', async () => {
      const { promise, resolve } = deferred();
      const running = start(withTeardown(of('a'), promise));
      const log = outcomesOf({ done: running.done });

      await afterReports();
      expect([running.closed, ...log]).toStrictEqual([false]);
      resolve();
      await running.done;

      expect([running.closed, ...log]).toStrictEqual([true, 'done']);
    });

    it('should be the same promise each time', async () => {
      const running = start(NEVER);

      expect(running.done).toBe(running.done);
      await running.stop();
    });
  });

  describe('stop', () => {
    it('should wait for the teardowns', async () => {
      const { promise, resolve } = deferred();
      const running = start(runner({ run: () => NEVER, teardown: () => promise }));
      const log = outcomesOf({ done: running.done, stop: running.stop() });

      await afterReports();
      expect([running.closed, ...log]).toStrictEqual([false]);
      resolve();
      await running.done;
      await afterReports();

      expect([running.closed, ...log]).toStrictEqual([true, 'done', 'stop']);
    });

    it('should tear down once, however often it is called, always with the same outcome', async () => {
      const failure = new Error('stuck');
      const teardown = jest.fn(() => Promise.reject(failure));
      const running = start(runner({ run: () => NEVER, teardown }));

      const stops = [running.stop(), running.stop('again')];
      await Promise.allSettled(stops);
      stops.push(running.stop());

      expect(await Promise.allSettled([...stops, running.done])).toStrictEqual(
        Array.from({ length: 4 }, () => ({ status: 'rejected', reason: failure })),
      );
      expect(teardown).toHaveBeenCalledTimes(1);
    });

    it('should do nothing after a completion', async () => {
      const teardown = jest.fn<() => void>();
      const running = start(runner({ run: () => of('a'), teardown }));

      await expect(running.stop()).resolves.toBeUndefined();

      expect(teardown).not.toHaveBeenCalled();
    });

    it('should reject with what the run had failed with before', async () => {
      const failure = new Error('lost');
      const running = start(throwError(() => failure));

      await expect(running.stop()).rejects.toBe(failure);
      await expect(running.done).rejects.toBe(failure);
    });

    it('should reject with what the run had failed with when it is called before its teardown has settled', async () => {
      const [inRun, inTeardown] = [new Error('lost'), new Error('stuck')];
      const { promise, reject } = deferred();
      const running = start(withTeardown(throwError(() => inRun), promise)); // prettier-ignore

      const stopped = running.stop();
      reject(inTeardown);

      await expect(stopped).rejects.toMatchObject({ errors: [inRun, inTeardown] });
      await expect(running.done).rejects.toMatchObject({ errors: [inRun, inTeardown] });
    });

    it('should wait for a run that has completed, until its teardown has settled', async () => {
      const { promise, resolve } = deferred();
      const running = start(withTeardown(of('a'), promise));
      const log = outcomesOf({ stop: running.stop() });

      await afterReports();
      expect(log).toStrictEqual([]);
      resolve();
      await running.done;
      await afterReports();

      expect(log).toStrictEqual(['stop']);
    });

    it('should reject with the errors of several teardowns', async () => {
      const [first, second] = [new Error('first'), new Error('second')];
      const source = withTeardown(withTeardown(NEVER, () => Promise.reject(second)), throwError(() => first)); // prettier-ignore

      const error: unknown = await start(source)
        .stop()
        .catch((each: unknown) => each);

      expect(error).toBeInstanceOf(RunGroupError);
      expect((error as RunGroupError).errors).toStrictEqual([first, second]);
    });

    it('should reject with what a finalizer throws, when the others were called', async () => {
      const failure = new Error('stuck');
      const log: string[] = [];
      const source = NEVER.pipe(
        finalize(() => {
          throw failure;
        }),
        finalize(() => log.push('second')),
      );

      await expect(start(source).stop()).rejects.toBe(failure);

      expect(log).toStrictEqual(['second']);
    });

    it('should pass its reason on as the cause', async () => {
      const reasons: StopError[] = [];
      const source = runner({
        run: ({ signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason as StopError));
          return NEVER;
        },
        teardown: ({ reason }) => {
          reasons.push(reason);
        },
      });

      await start(group({ source })).stop('deploy');

      expect(reasons).toHaveLength(2);
      expect(reasons[0]).toBe(reasons[1]);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect(reasons[0]?.cause).toBe('deploy');
    });

    it('should pass on a reason without a cause when it is given none', async () => {
      const reasons: StopError[] = [];
      const source = runner({
        run: () => NEVER,
        teardown: ({ reason }) => {
          reasons.push(reason);
        },
      });

      await start(source).stop();

      expect(reasons).toStrictEqual([expect.any(StopError)]);
      expect(reasons[0]).not.toHaveProperty('cause');
    });

    it('should need no this', async () => {
      const { stop, done } = start(NEVER);

      await Promise.all([stop(), done]);

      await expect(done).resolves.toBeUndefined();
    });

    it('should wait for a resource that is being acquired, and for its release', async () => {
      const opening = deferred();
      const log: string[] = [];
      const running = start(
        withResource({
          acquire: () => opening.promise,
          use: () => NEVER,
          release: async () => {
            await Promise.resolve();
            log.push('released');
          },
        }),
      );

      const stopped = running.stop();
      opening.resolve();
      await stopped;

      expect(log).toStrictEqual(['released']);
    });

    it('should be allowed from within a handler of values', async () => {
      const source = new Subject<number>();
      const seen: number[] = [];
      const running: Run = start(source, (value) => {
        seen.push(value);
        void running.stop();
      });

      source.next(1);
      source.next(2);
      await running.done;

      expect(seen).toStrictEqual([1]);
      expect(source.observed).toBe(false);
    });

    it('should be allowed from within the teardown that it waits for', async () => {
      const teardown = jest.fn((): void => {
        void running.stop();
      });
      const running: Run = start(runner({ run: () => NEVER, teardown }));

      await running.stop();

      expect(teardown).toHaveBeenCalledTimes(1);
    });

    it('should be the teardown of something else', async () => {
      const { promise, resolve } = deferred();
      const inner = start(runner({ run: () => NEVER, teardown: () => promise }));
      const outer = start(runner({ run: () => NEVER, teardown: () => inner.stop() }));

      const stopped = outer.stop();
      await afterReports();
      expect(outer.closed).toBe(false);
      resolve();
      await stopped;

      expect([inner.closed, outer.closed]).toStrictEqual([true, true]);
    });

    it('should stop a synchronous source only with its subscriber', async () => {
      const emitted: number[] = [];
      const stop = new Subject<void>();

      await start(firehose(emitted).pipe(stopWhen(stop)), (value) => {
        if (value === 2) stop.next();
      }).done;

      expect(emitted).toStrictEqual([0, 1, 2]);
    });
  });

  describe('closed', () => {
    it('should be false until the teardowns have settled', () => {
      run(({ cold, flush, expectSubscriptions }) => {
        const e1 = cold('  --a--|   ');
        const e1subs = '   ^----!   ';
        const e2 = cold('       ---|');
        const e2subs = '   -----^--!';
        const seen: boolean[] = [];
        const running = start(withTeardown(e1, e2), {
          next: () => seen.push(running.closed),
          complete: () => seen.push(running.closed),
        });
        cold('             -----xx|').subscribe({ next: () => seen.push(running.closed) });
        flush();

        expect(seen).toStrictEqual([false, false, false, true]);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be true as soon as a stop has nothing to wait for', async () => {
      const running = start(NEVER);
      expect(running.closed).toBe(false);

      const stopped = running.stop();

      expect(running.closed).toBe(true);
      await stopped;
    });
  });

  describe('Symbol.asyncDispose', () => {
    it('should stop', async () => {
      const teardown = jest.fn<() => void>();
      const running = start(runner({ run: () => NEVER, teardown }));

      await running[Symbol.asyncDispose]();

      expect(running.closed).toBe(true);
      expect(teardown).toHaveBeenCalledTimes(1);
    });

    it('should let await using wait for the teardown at the end of the block', async () => {
      const log: string[] = [];
      const source = runner({
        run: () => NEVER,
        teardown: async () => {
          await Promise.resolve();
          log.push('torn down');
        },
      });

      {
        await using running = start(source);
        log.push(`closed: ${running.closed}`);
      }
      log.push('after the block');

      expect(log).toStrictEqual(['closed: false', 'torn down', 'after the block']);
    });

    it('should let await using throw what the teardown fails with', async () => {
      const failure = new Error('stuck');
      const block = async (): Promise<void> => {
        await using running = start(runner({ run: () => NEVER, teardown: () => Promise.reject(failure) }));
        expect(running.closed).toBe(false);
      };

      await expect(block()).rejects.toBe(failure);
    });
  });

  describe('a failure that an observer of errors was not told of', () => {
    const failing = (): Observable<never> =>
      runner({ run: () => NEVER, teardown: () => Promise.reject(new Error('teardown failed')) });

    it('should reject what stop() returns, and be thrown by the end of a block', async () => {
      const errors: unknown[] = [];
      const observer = { error: (error: unknown) => errors.push(error) };

      await expect(start(failing(), observer).stop()).rejects.toThrow('teardown failed');
      await expect(start(failing(), observer)[Symbol.asyncDispose]()).rejects.toThrow('teardown failed');
      expect(errors).toStrictEqual([]);
    });

    it('should not be thrown by the end of a block when it was told', async () => {
      const errors: unknown[] = [];
      const run = start(
        throwError(() => new Error('sad')),
        { error: (error: unknown) => errors.push(error) },
      );

      await expect(run[Symbol.asyncDispose]()).resolves.toBeUndefined();
      expect(errors).toStrictEqual([new Error('sad')]);
    });
  });

  describe('the observer', () => {
    it('should be a function or an object, whole or in part', async () => {
      const log: unknown[] = [];
      const failure = new Error('lost');

      await start(of('a'), (value) => log.push(value)).done;
      await start(of('b'), { next: (value) => log.push(value), complete: () => log.push('complete') }).done;
      await start(of('c'), {}).done;
      await start(of('d')).done;
      await start(
        throwError(() => failure),
        { error: (error: unknown) => log.push(error) },
      ).done.catch((error: unknown) => log.push(['done', error]));

      expect(log).toStrictEqual(['a', 'b', 'complete', failure, ['done', failure]]);
    });

    it('should be taken for as many runs as there are', async () => {
      const log: unknown[] = [];
      const observer = { next: (value: string) => log.push(value), complete: () => log.push('complete') };
      const source = new Subject<string>();

      const stopped = start(source, observer);
      await start(of('a'), observer).done;
      source.next('b');
      await stopped.stop();

      expect(log).toStrictEqual(['a', 'complete', 'b']);
    });

    it('should be told on when a handler throws, and not end the run', async () => {
      const reported = unhandled();
      const log: unknown[] = [];
      const sad = new Error('sad');
      const source = concat(
        of('a', 'b'),
        throwError(() => sad),
      );

      const { done } = start(
        withTeardown(source, () => of(log.push('torn down'))),
        {
          next: (value) => {
            throw new Error(value);
          },
          error: () => {
            throw new Error('handler');
          },
        },
      );
      await start(EMPTY, {
        complete: () => {
          throw new Error('complete');
        },
      }).done;

      await expect(done).rejects.toBe(sad);
      await afterReports();
      expect(log).toStrictEqual(['torn down']);
      expect(reported).toStrictEqual([new Error('a'), new Error('b'), new Error('handler'), new Error('complete')]);
    });

    it('should keep its this', async () => {
      const observer = {
        log: [] as unknown[],
        next(value: unknown) {
          this.log.push(value);
        },
        complete() {
          this.log.push('complete');
        },
      };

      await start(of('a'), observer).done;

      expect(observer.log).toStrictEqual(['a', 'complete']);
    });

    it('should hear nothing more when it was stopped', async () => {
      const log: unknown[] = [];
      const source = withTeardown(NEVER, () => Promise.reject(new Error('stuck')));

      const stopped = start(source, {
        next: (value: unknown) => log.push(value),
        error: (error: unknown) => log.push(error),
        complete: () => log.push('complete'),
      }).stop();

      await expect(stopped).rejects.toThrow('stuck');
      expect(log).toStrictEqual([]);
    });

    it.each<[string, Observable<string>, boolean]>([
      ['next', of('a'), true],
      ['complete', EMPTY, true],
      ['error', throwError(() => new Error('lost')), false],
    ])('should have reported what its %s throws, and no part in the outcome', async (method, source, resolves) => {
      const reported: unknown[] = [];
      config.onUnhandledError = (error) => reported.push(error);
      const thrown = new Error('in a handler');
      const handler = (): never => {
        throw thrown;
      };

      const [outcome] = await Promise.allSettled([start(source, { [method]: handler }).done]);
      await afterReports();

      expect(outcome.status).toBe(resolves ? 'fulfilled' : 'rejected');
      expect(reported).toStrictEqual([thrown]);
    });
  });

  describe('an error that nobody handles', () => {
    const lost = `const lost = timer(1).pipe(mergeMap(() => throwError(() => new Error('lost'))));`;
    const stuck = `const stuck = runner({ run: () => NEVER, teardown: () => Promise.reject(new Error('stuck')) });`;
    const watch = `
      process.on('unhandledRejection', ({ message }) => console.log('unhandled', message));
      process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    `;

    it.each([
      ['when the run fails', `${lost} start(lost);`, 'lost'],
      ['when only values are observed', `${lost} start(lost, () => {});`, 'lost'],
      ['when the run had failed at once', `start(throwError(() => new Error('lost')));`, 'lost'],
      ['when a teardown fails, and nobody looks at stop()', `${stuck} start(stuck).stop();`, 'stuck'],
      [
        'when the run had failed before stop() was called',
        `const run = start(throwError(() => new Error('lost'))); setTimeout(() => run.stop().catch(() => {}), 1);`,
        'lost',
      ],
    ])(
      'should end the process %s',
      async (_, script, message) => {
        const { code, stderr } = await program(script);

        expect(code).toBe(1);
        expect(stderr).toContain(`Error: ${message}`);
      },
      30_000,
    );

    it('should be one unhandled rejection, not several', async () => {
      const { code, stdout } = await program(`
        ${watch}
        ${lost} start(lost);
        ${stuck} start(stuck).stop();
      `);

      expect(stdout.split('\n').sort()).toStrictEqual(['', 'unhandled lost', 'unhandled stuck']);
      expect(code).toBe(0);
    }, 30_000);

    it('should be handled by whoever looks at done, passes an error observer, or called stop() before', async () => {
      const { code, stdout, stderr } = await program(`
        ${watch}
        ${lost}
        ${stuck}
        const tell = (whom) => ({ message }) => console.log(whom, message);
        start(lost).done.catch(tell('done'));
        start(lost, { error: tell('observer') });
        start(lost, { error() {} }).done.catch(tell('done beside an observer'));
        start(stuck).stop().catch(tell('stop'));

        const slow = runner(({ signal }) => new Promise((_, reject) => {
          signal.addEventListener('abort', () => setTimeout(reject, 1, new Error('slow')));
        }));
        start(slow).stop().catch(tell('stop of a run that fails while it stops'));

        const work = new Subject();
        const pending = start(new Observable((subscriber) => {
          subscriber.add(() => awaitTeardown(work));
          subscriber.error(new Error('failed'));
        }));
        pending.stop().catch(tell('stop before the teardown has settled'));
        work.complete();
      `);

      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').sort()).toStrictEqual([
        'done beside an observer lost',
        'done lost',
        'observer lost',
        'stop before the teardown has settled failed',
        'stop of a run that fails while it stops slow',
        'stop stuck',
      ]);
      expect(code).toBe(0);
    }, 30_000);

    it('should not end the process when nothing fails', async () => {
      const { code, stdout } = await program(`
        ${watch}
        start(of('a'), (value) => console.log(value));
        start(NEVER).stop();
        await start(runner({ run: () => NEVER, teardown: () => timer(1) })).stop('enough');
      `);

      expect(stdout).toBe('a\n');
      expect(code).toBe(0);
    }, 30_000);
  });

  describe('a run function', () => {
    it.each<[string, () => RunResult, readonly unknown[]]>([
      ['an Observable', () => of('a', 'b'), ['a', 'b']],
      ['a promise of a value', () => Promise.resolve('a'), ['a']],
      ['a promise of an Observable', () => Promise.resolve(of('a', 'b')), ['a', 'b']],
      ['an array', () => ['a', 'b'], ['a', 'b']],
      ['nothing', () => undefined, []],
    ])('should be run, as a member is, when it returns %s', async (_, source, expected) => {
      const values: unknown[] = [];

      await start(source, (value) => values.push(value)).done;

      expect(values).toStrictEqual(expected);
    });

    it('should have a signal that aborts when it is stopped, and be waited for', async () => {
      const log: unknown[] = [];
      const running = start(async ({ signal }) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        await new Promise((resolve) => setTimeout(resolve, 2));
        log.push((signal.reason as Error).cause);
      });

      await running.stop('enough');
      log.push('stopped');

      expect(log).toStrictEqual(['enough', 'stopped']);
    });

    it('should be ready when it says so', async () => {
      const log: string[] = [];
      const running = start(({ ready }) => {
        setTimeout(() => {
          log.push('says so');
          ready();
        }, 2);
        return NEVER;
      });

      await running.ready;
      log.push('is ready');
      await running.stop();

      expect(log).toStrictEqual(['says so', 'is ready']);
    });

    it.each<[string, (program: Observable<unknown>) => RunResult]>([
      ['at once', (program) => program],
      ['after an await', (program) => Promise.resolve(program)],
    ])(
      'should be what a group is that it returns %s: ready when all are, with their events and states',
      async (_, returned) => {
        const events: string[] = [];
        const later = runner(({ ready }) => {
          setTimeout(ready, 2);
          return NEVER;
        });
        const lifecycle = { next: ({ type, path }: LifecycleEvent) => events.push(`${type} ${path.join('/')}`) };
        const running = start(() => returned(group({ now: of('a'), later }, { until: 'all' })), undefined, {
          lifecycle,
        });

        await running.ready;
        const { members } = running.report();
        await running.stop();

        expect(events.slice(0, 5)).toStrictEqual([
          'starting now',
          'ready now',
          'completed now',
          'starting later',
          'ready later',
        ]);
        expect([members.now?.state, members.later?.state]).toStrictEqual(['completed', 'ready']);
      },
    );

    it.each<[string, () => Promise<never>]>([
      [
        'throws',
        () => {
          throw new Error('sad');
        },
      ],
      ['rejects', () => Promise.reject(new Error('sad'))],
    ])('should be told of by done, and not by the call, when it %s', async (_, source) => {
      const { done } = start(source);

      await expect(done).rejects.toThrow('sad');
    });

    it.each([undefined, null, 1, {}, true])('should be refused at once where it is %p', (source) => {
      expect(() => start(source as never)).toThrow(TypeError);
    });
  });

  it('should leave nothing behind', async () => {
    const source = new Subject<void>();
    const signals: AbortSignal[] = [];
    const running = start(
      runner(({ signal }) => {
        signals.push(signal);
        return source;
      }),
    );
    expect(source.observed).toBe(true);

    await running.stop();

    expect(source.observed).toBe(false);
    expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toStrictEqual([0]);
  });

  it('should be a Run, with values of the type of the source', async () => {
    // The types are checked by the compiler.
    const running: Run = start(of(1), (value: number) => value.toFixed());
    const disposable: AsyncDisposable = running;
    // @ts-expect-error -- the values are numbers
    const wrong = start(of(1), (value: string) => value.length);

    expect(disposable).toBe(running);
    await expect(Promise.all([running.done, wrong.done])).resolves.toStrictEqual([undefined, undefined]);
  });

  it('should be found in the root entry', () => {
    expect(Object.keys(entry)).toContain('start');
  });

  it('should come to the same with done and with every stop, whatever happens and in whichever order', async () => {
    const step = fc.constantFrom('next', 'complete', 'error', 'stop', 'settle', 'stuck');

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const [source, work] = [new Subject<number>(), new Subject<void>()];
        const [lost, stuck] = [new Error('lost'), new Error('stuck')];
        const running = start(withTeardown(source, work));
        const outcomes: Promise<void>[] = [running.done];
        const failures: Error[] = [];
        let state: 'running' | 'stopping' | 'ended' = 'running';

        for (const each of [...steps, 'stop', 'settle']) {
          if (each === 'next') source.next(1);
          if (each === 'complete') source.complete();
          if (each === 'error') source.error(lost);
          if (each === 'stop') outcomes.push(running.stop());
          if (state === 'running' && each === 'error') failures.push(lost);
          if (state === 'running' && ['complete', 'error', 'stop'].includes(each)) state = 'stopping';
          if (state === 'stopping' && (each === 'settle' || each === 'stuck')) {
            if (each === 'settle') work.complete();
            else work.error(stuck);
            if (each === 'stuck') failures.push(stuck);
            state = 'ended';
          }
          expect([running.closed, source.observed, work.observed]).toStrictEqual([
            state === 'ended',
            state === 'running',
            state === 'stopping',
          ]);
        }

        const settled = await Promise.allSettled(outcomes);
        const errors = settled.map((each) => (each.status === 'rejected' ? (each.reason as unknown) : undefined));
        expect(new Set(errors).size).toBe(1);
        expect(errorsOf(errors[0])).toStrictEqual(failures);
      }),
      { numRuns: 200 },
    );
  });
});

/** The errors in what a run was rejected with. */
function errorsOf(outcome: unknown): unknown[] {
  if (outcome === undefined) return [];
  return outcome instanceof RunGroupError ? outcome.errors : [outcome];
}
