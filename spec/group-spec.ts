import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  firstValueFrom,
  from,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  startWith,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
  timer,
  toArray,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import {
  awaitTeardown,
  finalizeAsync,
  GraceExceededError,
  group,
  named,
  RunGroupError,
  runner,
  settle,
  start,
  StopError,
  stopWhen,
  withResource,
  type Failure,
  type GroupOptions,
  type LifecycleEvent,
  type Member,
  type RunContext,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
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

/** An Observable whose teardown is awaited, whether it was stopped or ended by itself. */
function closing<T>(work: Observable<T>, teardown: Observable<unknown>): Observable<T> {
  return new Observable((subscriber) => {
    work.subscribe(subscriber);
    return () => awaitTeardown(teardown);
  });
}

/** A run function's promise that settles only through the signal. */
function aborted({ signal }: RunContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as StopError), { once: true });
  });
}

/** What comes of a group: its values, then how it ended. */
function outcome(source: Observable<unknown>): Promise<unknown[]> {
  return new Promise((resolve) => {
    const log: unknown[] = [];
    source.subscribe({
      next: (value) => log.push(value),
      error: (error: unknown) => resolve([...log, error]),
      complete: () => resolve([...log, 'complete']),
    });
  });
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

/** The message of the `TypeError` that `action` throws. */
function typeErrorOf(action: () => unknown): string {
  try {
    action();
  } catch (error: unknown) {
    if (error instanceof TypeError) return error.message;
  }
  return 'no TypeError';
}

/** A message that begins by naming what is wrong, and ends with what it was. */
function naming(option: string, value: string): RegExp {
  const escape = (text: string): string => text.replace(/[[\](){}]/gu, '\\$&');
  return new RegExp(`^${escape(option)} .*, got ${escape(value)}$`, 'u');
}

afterEach(() => {
  jest.useRealTimers();
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('group of one member', <T>(): MonoTypeOperatorFunction<T> => {
  return (source) => group([source], { errors: 'first' });
});

itBehavesLikeAnOperator('group of one member and one that only waits', <T>(): MonoTypeOperatorFunction<T> => {
  return (source) => group({ idle: NEVER, source }, { errors: 'first' });
});

describe('group', () => {
  it('should merge the values of an array of members, and stop them all when the first one ends', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a--b--c---|   ');
      const e1subs = '  ^-------!      ';
      const e2 = hot('  --1---2-|      ');
      const e2subs = '  ^-------!      ';
      const e3 = cold('         ---x--|');
      const e3subs = '  --------^-----!';
      const expected = '-a1-b-2c------|';

      const result = group([stoppable(e1, e3), e2]);

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should run the members of a record under their names', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a--b--|   ');
      const e1subs = '  ^-----!    ';
      const e2 = cold(' --1---#    ', undefined, 'sad');
      const e2subs = '  ^-----!    ';
      const e3 = cold('       ---# ', undefined, 'bad');
      const e3subs = '  ------^--! ';
      const expected = '-a1-b----# ';

      const result = group({ api: stoppable(e1, e3), worker: e2 });

      expectObservable(result).toBe(
        expected,
        undefined,
        failedWith(
          { path: ['worker'], phase: 'run', error: 'sad' },
          { path: ['api'], phase: 'teardown', error: 'bad' },
        ),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should run any iterable of members, and take them once, at the call', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  -a-|   ');
      const e1subs = [' ^--!   ', '---^--!'];
      const expected = ' -a--a-|';
      function* members(): Iterable<Observable<string>> {
        yield e1;
        yield NEVER;
      }

      const result = group(members());

      expectObservable(concat(result, result)).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    });
  });

  it('should not see what is done to the array or the record after the call', () => {
    const log: string[] = [];
    const member = (name: string): Observable<never> =>
      defer(() => {
        log.push(name);
        return NEVER;
      });
    const array = [member('a')];
    const record = { b: member('b') };
    const results = [group(array), group(record)];

    array.push(member('late'));
    Object.assign(record, { late: member('late') });
    results.forEach((result) => result.subscribe().unsubscribe());

    expect(log).toStrictEqual(['a', 'b']);
  });

  it.each<[string, Member[] | Record<string, Member>]>([
    ['an array', []],
    ['a record', {}],
  ])('should complete at once when %s is empty', (_, members) => {
    run(({ expectObservable }) => {
      const expected = '|';

      expectObservable(group(Object.assign(members))).toBe(expected);
    });
  });

  it.each<GroupOptions['until']>(['first', 'error', 'all', []])(
    'should complete at once without members until %p',
    (until = 'first') => {
      run(({ expectObservable }) => {
        const expected = '|';

        expectObservable(group([], { until })).toBe(expected);
      });
    },
  );

  it('should complete when one member is empty', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a-  ');
      const e1subs = '  (^!) ';
      const e2 = cold(' |    ');
      const e2subs = '  (^!) ';
      const expected = '|    ';

      expectObservable(group([e1, e2])).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should go on forever when no member ever ends', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -');
      const e1subs = '  ^';
      const e2 = cold(' -');
      const e2subs = '  ^';
      const expected = '-';

      expectObservable(group([e1, e2])).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should fail when one member throws at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a-  ');
      const e1subs = '  (^!) ';
      const e2 = cold(' #    ', undefined, 'sad');
      const e2subs = '  (^!) ';
      const expected = '#    ';

      expectObservable(group([e1, e2])).toBe(
        expected,
        undefined,
        failedWith({ path: ['1'], phase: 'run', error: 'sad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should run hot members from their start on', () => {
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('-a-^-b----c-');
      const e1subs = '   ^-----!  ';
      const e2 = hot('-1-^--2--|  ');
      const e2subs = '   ^-----!  ';
      const expected = ' --b3--|  ';

      expectObservable(group([e1, e2])).toBe(expected, { b: 'b', 3: '2' });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should allow unsubscribing explicitly and early', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a--b--|  ');
      const e1subs = '  ^--!      ';
      const e2 = cold(' --1---2---');
      const e2subs = '  ^--!      ';
      const t = cold('     ---|   ');
      const tsubs = '   ---^--!   ';
      const expected = '-a1-      ';
      const unsub = '   ---!      ';

      expectObservable(group([e1, stoppable(e2, t)]), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should not break unsubscription chains when unsubscribed explicitly', () => {
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  -a--b--|');
      const e1subs = '  ^--!    ';
      const e2 = hot('  --1---2-');
      const e2subs = '  ^--!    ';
      const expected = '-a1-    ';
      const unsub = '   ---!    ';

      const members = [e1, asInterop(e2)].map((member) => from(member).pipe(mergeMap((value) => of(value))));
      const result = group(members).pipe(mergeMap((value) => asInterop(of(value))));

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it('should stop listening to a synchronous member when unsubscribed', () => {
    const emitted: number[] = [];
    const received: number[] = [];

    group([NEVER, firehose(emitted)])
      .pipe(take(3))
      .subscribe((value) => received.push(value));

    expect({ emitted, received }).toStrictEqual({ emitted: [0, 1, 2], received: [0, 1, 2] });
  });

  it('should stop a synchronous member that makes another one end', () => {
    const emitted: number[] = [];
    const end = new Subject<never>();
    let completed = false;

    group([
      end,
      firehose(emitted).pipe(
        tap((value) => {
          if (value === 2) end.complete();
        }),
      ),
    ]).subscribe({ complete: () => (completed = true) });

    expect({ emitted, completed }).toStrictEqual({ emitted: [0, 1, 2], completed: true });
  });

  it('should be cold, and run its members anew for each subscription', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|     ');
      const e1subs = [' ^----!     ', '---^----!  '];
      const t = cold('        --|   ');
      const tsubs = ['  -----^-!   ', '--------^-!'];
      const expected1 = '--a----|   ';
      const expected2 = '-----a----|';

      const result = group({ a: e1, b: stoppable(NEVER, t) });

      expectObservable(result).toBe(expected1);
      expectObservable(result, '---^').toBe(expected2);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should start the members in order, and stop them in that order, all before it completes', () => {
    const log: string[] = [];
    const end = new Subject<never>();
    const member = (name: string, source: Observable<never>): Observable<never> =>
      defer(() => {
        log.push(`start ${name}`);
        return source.pipe(finalize(() => log.push(`stop ${name}`)));
      });

    group({ a: member('a', NEVER), b: member('b', end), c: member('c', NEVER) })
      .pipe(finalize(() => log.push('finalize')))
      .subscribe({ complete: () => log.push('complete') });
    end.complete();

    expect(log).toStrictEqual(['start a', 'start b', 'start c', 'stop b', 'stop a', 'stop c', 'complete', 'finalize']);
  });

  it('should stop what has started when a member fails while it starts, and start no later one', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a-  ');
      const e1subs = '  (^!) ';
      const t = cold('  --|  ');
      const tsubs = '   ^-!  ';
      const e3 = cold(' -b-  ');
      const e3subs: string[] = [];
      const expected = '--#  ';
      const failing = (): never => {
        throw new Error('port in use');
      };

      const result = group({ db: stoppable(e1, t), api: failing, worker: e3 });

      expectObservable(result).toBe(
        expected,
        undefined,
        failedWith({ path: ['api'], phase: 'run', error: new Error('port in use') }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
    });
  });

  it('should finish its teardowns when it is unsubscribed while they are pending', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a|      ');
      const e1subs = '  ^-!      ';
      const t = cold('    -----| ');
      const tsubs = '   --^----! ';
      const expected = '-a--     ';
      const unsub = '   ----!    ';

      expectObservable(group([e1, stoppable(NEVER, t)]), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should be waited for by whoever stops it while it runs', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a--b    ');
      const e1subs = '  ^--!     ';
      const t = cold('     ----# ', undefined, 'sad');
      const tsubs = '   ---^---! ';
      const stop = cold('---x    ');
      const expected = '-a-----# ';

      const result = group({ a: stoppable(e1, t) }).pipe(stopWhen(stop));

      expectObservable(result).toBe(expected, undefined, failedWith({ path: ['a'], phase: 'teardown', error: 'sad' }));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should be waited for by whoever stops it while it is stopping', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a#      ', undefined, 'sad');
      const e1subs = '  ^-!      ';
      const t = cold('    -----# ', undefined, 'bad');
      const tsubs = '   --^----! ';
      const stop = cold('----x   ');
      const expected = '-a-----# ';

      const result = group({ a: e1, b: stoppable(NEVER, t) }).pipe(stopWhen(stop));

      expectObservable(result).toBe(
        expected,
        undefined,
        failedWith({ path: ['a'], phase: 'run', error: 'sad' }, { path: ['b'], phase: 'teardown', error: 'bad' }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should run every teardown when a finalizer throws, and count what it throws', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --|   ');
      const e1subs = '  ^-!   ';
      const t = cold('    ---|');
      const tsubs = '   --^--!';
      const expected = '-----#';
      const throwing = NEVER.pipe(
        finalize(() => {
          throw new Error('sad');
        }),
      );

      const result = group({ a: stoppable(NEVER, t), b: throwing, c: e1, d: stoppable(NEVER, t) });

      expectObservable(result).toBe(
        expected,
        undefined,
        failedWith({ path: ['b'], phase: 'teardown', error: new Error('sad') }),
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe([tsubs, tsubs]);
    });
  });

  it('should fail when only the teardown of the member that completed fails', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a|  ');
      const e1subs = '  ^-!  ';
      const t = cold('    --#', undefined, 'sad');
      const tsubs = '   --^-!';
      const expected = '-a--#';

      const result = group({ a: closing(e1, t), b: NEVER });

      expectObservable(result).toBe(expected, undefined, failedWith({ path: ['a'], phase: 'teardown', error: 'sad' }));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
    });
  });

  it('should call the teardown of a member only if it was stopped', () => {
    const log: string[] = [];
    const end = new Subject<never>();

    group({
      a: runner({ run: () => end, teardown: () => void log.push('a') }),
      b: runner({ run: () => NEVER, teardown: () => void log.push('b') }),
    }).subscribe();
    end.complete();

    expect(log).toStrictEqual(['b']);
  });

  describe("until 'first'", () => {
    it('should stop when the first member errs', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-b-c|');
        const e1subs = '  ^---!  ';
        const e2 = cold(' --1-#  ', undefined, 'sad');
        const e2subs = '  ^---!  ';
        const expected = '-a1b#  ';

        expectObservable(group([e1, e2], { until: 'first', errors: 'first' })).toBe(expected, undefined, 'sad');
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe("until 'error'", () => {
    it('should complete when all members have completed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|    ');
        const e1subs = '  ^-!    ';
        const e2 = cold(' ---1--|');
        const e2subs = '  ^-----!';
        const expected = '-a-1--|';

        expectObservable(group([e1, e2], { until: 'error' })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should stop at the first error', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|     ');
        const e1subs = '  ^-!     ';
        const e2 = cold(' ---1#   ', undefined, 'sad');
        const e2subs = '  ^---!   ';
        const e3 = cold(' -----x--');
        const e3subs = '  ^---!   ';
        const t = cold('      --| ');
        const tsubs = '   ----^-! ';
        const expected = '-a-1--# ';

        const result = group({ a: e1, b: e2, c: stoppable(e3, t) }, { until: 'error' });

        expectObservable(result).toBe(expected, undefined, failedWith({ path: ['b'], phase: 'run', error: 'sad' }));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should stop when the teardown of a completed member fails', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|    ');
        const e1subs = '  ^-!    ';
        const t = cold('    --#  ', undefined, 'sad');
        const tsubs = '   --^-!  ';
        const e2 = cold(' ---1--2');
        const e2subs = '  ^---!  ';
        const expected = '-a-1#  ';

        const result = group({ a: closing(e1, t), b: e2 }, { until: 'error' });

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith({ path: ['a'], phase: 'teardown', error: 'sad' }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe("until 'all'", () => {
    it('should never stop the others, and report every error at the end', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-#     ', undefined, 'sad');
        const e1subs = '  ^--!     ';
        const e2 = cold(' --1---|  ');
        const e2subs = '  ^-----!  ';
        const e3 = cold(' ----x---#', undefined, 'bad');
        const e3subs = '  ^-------!';
        const expected = '-a1-x---#';

        const result = group({ a: e1, b: e2, c: e3 }, { until: 'all' });

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith({ path: ['a'], phase: 'run', error: 'sad' }, { path: ['c'], phase: 'run', error: 'bad' }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should complete when all members have completed, teardowns included', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---|');
        const tsubs = '   --^--!';
        const e2 = cold(' ---1| ');
        const e2subs = '  ^---! ';
        const expected = '-a-1-|';

        const result = group([e1.pipe(finalizeAsync(() => t)), e2], { until: 'all' });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should still be stopped by its signal', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -#   ', undefined, 'sad');
        const e1subs = '  ^!   ';
        const e2 = cold(' --1--');
        const e2subs = '  ^--! ';
        const expected = '--1# ';
        const controller = new AbortController();
        cold('            ---a ').subscribe(() => controller.abort());

        const result = group({ a: e1, b: e2 }, { until: 'all', signal: controller.signal });

        expectObservable(result).toBe(expected, undefined, failedWith({ path: ['a'], phase: 'run', error: 'sad' }));
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });
  });

  describe('until names', () => {
    it('should go on when another member completes, and stop when a named one does', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|     ');
        const e1subs = '  ^-!     ';
        const e2 = cold(' ---1--|  ');
        const e2subs = '  ^-----!  ';
        const e3 = cold(' ----x---y');
        const e3subs = '  ^-----!  ';
        const expected = '-a-1x-|  ';

        const result = group({ a: e1, api: e2, c: e3 }, { until: ['api'] });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should stop when the first of several named ones completes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a---|');
        const e1subs = '  ^--!  ';
        const e2 = cold(' --1|  ');
        const e2subs = '  ^--!  ';
        const expected = '-a1|  ';

        expectObservable(group({ a: e1, b: e2 }, { until: ['a', 'b'] })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should stop when any member errs', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-#  ', undefined, 'sad');
        const e1subs = '  ^--!  ';
        const e2 = cold(' --1--|');
        const e2subs = '  ^--!  ';
        const expected = '-a1#  ';

        const result = group({ a: e1, b: e2 }, { until: ['b'], errors: 'first' });

        expectObservable(result).toBe(expected, undefined, 'sad');
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should stop for no completion when the list is empty', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|   ');
        const e1subs = '  ^-!   ';
        const e2 = cold(' --1--|');
        const e2subs = '  ^----!';
        const expected = '-a1--|';

        expectObservable(group({ a: e1, b: e2 }, { until: [] })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should know the members of an array by the names that they get', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|    ');
        const e1subs = '  ^-!    ';
        const e2 = cold(' ---1|  ');
        const e2subs = '  ^---!  ';
        const e3 = cold(' -----x-');
        const e3subs = '  ^---!  ';
        const expected = '-a-1|  ';

        const result = group([e1, e2.pipe(named('api')), e3], { until: ['api'] });

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should refuse a name that no member of the record has', () => {
      const until: string[] = ['api', 'wroker'];

      expect(() => group({ api: NEVER, worker: NEVER } as Record<string, Member>, { until })).toThrow(
        new TypeError("group: 'until' must be names of members (api, worker), got 'wroker'"),
      );
    });
  });

  describe('errors', () => {
    it('should be all by default, in one RunGroupError, also when there is but one', () => {
      const errors: unknown[] = [];
      const sad = new Error('sad');

      group({ a: NEVER, b: throwError(() => sad) }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([failedWith({ path: ['b'], phase: 'run', error: sad })]);
      expect(errors[0]).toBeInstanceOf(RunGroupError);
      expect((errors[0] as RunGroupError).errors[0]).toBe(sad);
    });

    it('should be the first one itself when asked for, after every teardown has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a#    ', undefined, 'sad');
        const e1subs = '  ^-!    ';
        const t = cold('    ---# ', undefined, 'bad');
        const tsubs = '   --^--! ';
        const expected = '-a---# ';

        expectObservable(group({ a: e1, b: stoppable(NEVER, t) }, { errors: 'first' })).toBe(
          expected,
          undefined,
          'sad',
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be in the order in which they happen, not in that of the members', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' ----#', undefined, 'third');
        const e1subs = '  ^---!';
        const e2 = cold(' --#  ', undefined, 'first');
        const e2subs = '  ^-!  ';
        const e3 = cold(' ---# ', undefined, 'second');
        const e3subs = '  ^--! ';
        const expected = '----#';

        expectObservable(group({ a: e1, b: e2, c: e3 }, { until: 'all' })).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['b'], phase: 'run', error: 'first' },
            { path: ['c'], phase: 'run', error: 'second' },
            { path: ['a'], phase: 'run', error: 'third' },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
        expectSubscriptions(e3.subscriptions).toBe(e3subs);
      });
    });

    it('should have both, the error of a run and that of its own teardown', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --#   ', undefined, 'sad');
        const e1subs = '  ^-!   ';
        const t = cold('    --# ', undefined, 'bad');
        const tsubs = '   --^-! ';
        const expected = '----# ';

        expectObservable(group({ a: e1.pipe(finalizeAsync(() => t)) })).toBe(
          expected,
          undefined,
          failedWith({ path: ['a'], phase: 'run', error: 'sad' }, { path: ['a'], phase: 'teardown', error: 'bad' }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should be flat where groups are nested, with the path to each', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  --#     ', undefined, 'sad');
        const e1subs = '   ^-!     ';
        const t1 = cold('    --#   ', undefined, 'bad');
        const t1subs = '   --^-!   ';
        const t2 = cold('      --# ', undefined, 'ugly');
        const t2subs = '   ----^-! ';
        const expected = ' ------# ';

        const api = group({ socket: e1, http: stoppable(NEVER, t1) });
        const db = group({ pool: group([stoppable(NEVER, t2)]) });

        expectObservable(group({ api, db })).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['api', 'socket'], phase: 'run', error: 'sad' },
            { path: ['api', 'http'], phase: 'teardown', error: 'bad' },
            { path: ['db', 'pool', '0'], phase: 'teardown', error: 'ugly' },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should have the error of a run before that of a teardown which takes longer than another run', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a#    ', undefined, 'sad');
        const e1subs = '  ^-!    ';
        const t1 = cold('   ----#', undefined, 'slow');
        const t1subs = '  --^---!';
        const e2 = cold(' ----#  ', undefined, 'bad');
        const e2subs = '  ^---!  ';
        const expected = '-a----#';

        const result = group({ a: closing(e1, t1), b: e2 }, { until: 'all' });

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['a'], phase: 'run', error: 'sad' },
            { path: ['b'], phase: 'run', error: 'bad' },
            { path: ['a'], phase: 'teardown', error: 'slow' },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should put the one that stopped the group first', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' --y-------');
        const e1subs = '  ^-----!   ';
        const t1 = cold('   --#     ', undefined, 'earlier');
        const t1subs = '  --^-!     ';
        const e2 = cold(' ------#   ', undefined, 'sad');
        const e2subs = '  ^-----!   ';
        const expected = '------#   ';
        const inners: Record<string, Observable<never>> = { x: stoppable(NEVER, t1), y: NEVER };

        const result = group({
          a: e1.pipe(
            startWith('x'),
            switchMap((name) => inners[name] ?? EMPTY),
          ),
          b: e2,
        });

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith({ path: ['b'], phase: 'run', error: 'sad' }, { path: ['a'], phase: 'teardown', error: 'earlier' }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should keep what is thrown as it is, also if it is no Error', () => {
      const errors: unknown[] = [];
      const thrown: unknown = { code: 7 };
      const throwing = (): never => {
        throw thrown;
      };

      group([throwing]).subscribe({ error: (error: unknown) => errors.push(error) });

      expect((errors[0] as RunGroupError).errors[0]).toBe(thrown);
    });
  });

  describe('grace', () => {
    it('should end at once when it is over, with an error for each member that has not settled', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|       ');
        const e1subs = '  ^-!       ';
        const t1 = cold('   --|     ');
        const t1subs = '  --^-!     ';
        const t2 = cold('   --------');
        const t2subs = '  --^-------';
        const grace = time('-----|  ');
        const expected = '-a-----#  ';

        const result = group(
          { a: e1, b: stoppable(NEVER, t1), c: stoppable(NEVER, t2), d: stoppable(NEVER, NEVER) },
          { grace },
        );

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['c'], phase: 'grace', error: new GraceExceededError(['c'], grace) },
            { path: ['d'], phase: 'grace', error: new GraceExceededError(['d'], grace) },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
      });
    });

    it('should not matter when everything has settled before it is over', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|   ');
        const e1subs = '  ^-!   ';
        const t = cold('    ---|');
        const tsubs = '   --^--!';
        const grace = time('----|');
        const expected = '-a---|';

        expectObservable(group([e1, stoppable(NEVER, t)], { grace })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should begin with the stop, not with the end of a member that stops nothing', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|         ');
        const e1subs = '  ^-!         ';
        const e2 = cold(' ---1------2|');
        const e2subs = '  ^----------!';
        const grace = time('---|      ');
        const expected = '-a-1------2|';

        expectObservable(group([e1, e2], { until: 'error', grace })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should be counted from the stop of its members when it is unsubscribed', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-----');
        const e1subs = '  ^--!   ';
        const stop = cold('---x  ');
        const grace = time('--|  ');
        const expected = '-a---# ';

        const result = group({ a: stoppable(e1, NEVER) }, { grace }).pipe(stopWhen(stop));

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith({ path: ['a'], phase: 'grace', error: new GraceExceededError(['a'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should come after the error that stopped the group', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a#   ', undefined, 'sad');
        const e1subs = '  ^-!   ';
        const grace = time('--| ');
        const expected = '-a--# ';

        expectObservable(group({ a: e1, b: stoppable(NEVER, NEVER) }, { grace })).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['a'], phase: 'run', error: 'sad' },
            { path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should name the member of the group, and reach into a nested one', () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -a|   ');
        const e1subs = '   ^-!   ';
        const grace = time(' ---| ');
        const expected = ' -a---#';
        const kill = cold('     (x|)');
        const killsubs = ' -----(^!)';
        const child = runner({
          run: () => NEVER,
          teardown: ({ signal }) => {
            signal.addEventListener('abort', () => kill.subscribe());
            return NEVER;
          },
        });

        expectObservable(group({ a: e1, b: group({ c: child }) }, { grace })).toBe(
          expected,
          undefined,
          failedWith({ path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(kill.subscriptions).toBe(killsubs);
      });
    });

    it("should keep the nested group's own grace period, and the path to what it left behind", () => {
      run(({ cold, time, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|   ');
        const e1subs = '  ^-!   ';
        const grace = time('--| ');
        const expected = '-a--# ';

        const result = group({ a: e1, b: group({ c: stoppable(NEVER, NEVER) }, { grace }) }, { grace: 10 });

        expectObservable(result).toBe(
          expected,
          undefined,
          failedWith({ path: ['b', 'c'], phase: 'grace', error: new GraceExceededError(['c'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it("should abort the signals of the teardowns' contexts when it is over, not before", () => {
      run(({ cold, time, flush, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|   ');
        const e1subs = '  ^-!   ';
        const grace = time('---|');
        const expected = '-a---#';
        const log: string[] = [];
        const child = runner({
          run: () => NEVER,
          teardown: ({ signal }) => {
            log.push(`teardown ${signal.aborted}`);
            signal.addEventListener('abort', () => log.push('destroy'));
            return timer(2).pipe(
              tap(() => log.push(`later ${signal.aborted}`)),
              mergeMap(() => NEVER),
            );
          },
        });

        expectObservable(group([e1, child], { grace })).toBe(
          expected,
          undefined,
          failedWith({ path: ['1'], phase: 'grace', error: new GraceExceededError(['1'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        flush();
        expect(log).toStrictEqual(['teardown false', 'later false', 'destroy']);
      });
    });

    it('should not wait at all with 0, which is no error', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|  ');
        const e1subs = '  ^-!  ';
        const t = cold('    --|');
        const tsubs = '   --^-!';
        const expected = '-a|  ';

        expectObservable(group([e1, stoppable(NEVER, t)], { grace: 0 })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should still count with 0 what fails at once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a#', undefined, 'sad');
        const e1subs = '  ^-!';
        const expected = '-a#';
        const throwing = NEVER.pipe(
          finalize(() => {
            throw new Error('bad');
          }),
        );

        expectObservable(group({ a: e1, b: throwing, c: stoppable(NEVER, NEVER) }, { grace: 0 })).toBe(
          expected,
          undefined,
          failedWith(
            { path: ['a'], phase: 'run', error: 'sad' },
            { path: ['b'], phase: 'teardown', error: new Error('bad') },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should let the members go on with 0 when one ends that stops nothing', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|   ');
        const e1subs = '  ^-!   ';
        const e2 = cold(' ---1-|');
        const e2subs = '  ^----!';
        const expected = '-a-1-|';

        expectObservable(group([e1, e2], { until: 'all', grace: 0 })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(e2.subscriptions).toBe(e2subs);
      });
    });

    it('should wait as long as it takes with Infinity', () => {
      jest.useFakeTimers();
      const log: unknown[] = [];
      const settling = new Subject<never>();

      group([stoppable(NEVER, settling), EMPTY], { grace: Infinity }).subscribe({
        complete: () => log.push('complete'),
        error: (error: unknown) => log.push(error),
      });
      jest.advanceTimersByTime(3_600_000);
      log.push('an hour later');
      settling.complete();

      expect(log).toStrictEqual(['an hour later', 'complete']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('should be over with the first value of an Observable, which is subscribed to at the stop', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('     -a|      ');
        const e1subs = '      ^-!      ';
        const grace = cold('    ---x--y');
        const gracesubs = '   --^--!   ';
        const expected = '    -a---#   ';

        expectObservable(group({ a: e1, b: stoppable(NEVER, NEVER) }, { grace })).toBe(
          expected,
          undefined,
          failedWith({ path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(grace.subscriptions).toBe(gracesubs);
      });
    });

    it('should be over with the completion of an Observable', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('     -a|   ');
        const e1subs = '      ^-!   ';
        const grace = cold('    ---|');
        const gracesubs = '   --^--!';
        const expected = '    -a---#';

        expectObservable(group({ a: e1, b: stoppable(NEVER, NEVER) }, { grace })).toBe(
          expected,
          undefined,
          failedWith({ path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(grace.subscriptions).toBe(gracesubs);
      });
    });

    it('should be over with the error of an Observable, which counts', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('     -a|   ');
        const e1subs = '      ^-!   ';
        const grace = cold('    ---#', undefined, 'sad');
        const gracesubs = '   --^--!';
        const expected = '    -a---#';

        expectObservable(group({ a: e1, b: stoppable(NEVER, NEVER) }, { grace })).toBe(
          expected,
          undefined,
          failedWith(
            { path: [], phase: 'grace', error: 'sad' },
            { path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) },
          ),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(grace.subscriptions).toBe(gracesubs);
      });
    });

    it('should never be over with an Observable that does nothing', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('     -a|         ');
        const e1subs = '      ^-!         ';
        const t = cold('        ---------|');
        const tsubs = '       --^--------!';
        const grace = cold('    ----------');
        const gracesubs = '   --^--------!';
        const expected = '    -a---------|';

        expectObservable(group([e1, stoppable(NEVER, t)], { grace })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
        expectSubscriptions(grace.subscriptions).toBe(gracesubs);
      });
    });

    it('should be over at once with an Observable that emits at once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a|');
        const e1subs = '  ^-!';
        const expected = '-a#';
        const grace = of('now');

        expectObservable(group({ a: e1, b: stoppable(NEVER, NEVER) }, { grace })).toBe(
          expected,
          undefined,
          failedWith({ path: ['b'], phase: 'grace', error: new GraceExceededError(['b'], grace) }),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should not subscribe to an Observable when there is nothing to wait for', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -a|');
        const e1subs = '   ^-!';
        const grace = cold(' x');
        const gracesubs: string[] = [];
        const expected = ' -a|';

        expectObservable(group([e1, NEVER], { grace })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(grace.subscriptions).toBe(gracesubs);
      });
    });

    it('should take a promise', async () => {
      const grace = Promise.resolve();

      const log = await outcome(group({ a: EMPTY, b: NEVER, c: stoppable(NEVER, NEVER) }, { grace }));
      const started = await outcome(group({ c: stoppable(NEVER, NEVER), a: EMPTY }, { grace }));

      expect(log).toStrictEqual(['complete']);
      expect(started).toStrictEqual([
        failedWith({ path: ['c'], phase: 'grace', error: new GraceExceededError(['c'], grace) }),
      ]);
      expectLeftRunning(1);
    });

    it('should count from within the subscription when a member ends at once', () => {
      run(({ time, expectObservable }) => {
        const grace = time('---|');
        const expected = '  ---#';

        expectObservable(group({ a: stoppable(NEVER, NEVER), b: EMPTY }, { grace })).toBe(
          expected,
          undefined,
          failedWith({ path: ['a'], phase: 'grace', error: new GraceExceededError(['a'], grace) }),
        );
      });
    });

    it('should not report a late failure that was announced by name', () => {
      const late = new Subject<never>();
      const over = new Subject<void>();
      const log: unknown[] = [];

      const errors = unhandledErrors(() => {
        group({ a: stoppable(NEVER, late), b: EMPTY }, { grace: over }).subscribe({
          error: (error: unknown) => log.push(error),
        });
        over.next();
        late.error(new Error('sad'));
      });

      expect(log).toStrictEqual([
        failedWith({ path: ['a'], phase: 'grace', error: new GraceExceededError(['a'], over) }),
      ]);
      expect(errors).toStrictEqual([]);
    });

    it('should report a late failure after 0, because nobody knows of it', () => {
      const late = new Subject<never>();
      const log: unknown[] = [];

      const errors = unhandledErrors(() => {
        group({ a: stoppable(NEVER, late), b: EMPTY }, { grace: 0 }).subscribe({
          complete: () => log.push('complete'),
        });
        late.error(new Error('sad'));
      });

      expect({ log, errors }).toStrictEqual({ log: ['complete'], errors: [new Error('sad')] });
    });

    it.each([-1, NaN, -Infinity, '5', null, {}, () => 5])('should refuse %p', (grace) => {
      expect(() => group([], { grace: grace as number })).toThrow(
        /^group: 'grace' must be milliseconds \(0 or more\) or an ObservableInput, got /u,
      );
    });
  });

  describe('signal', () => {
    it('should start no member when it has aborted before', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold(' -a-');
        const e1subs: string[] = [];
        const expected = '|  ';

        expectObservable(group([e1], { signal: AbortSignal.abort('no') })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should stop the group, which is no failure', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('   -a--b--');
        const e1subs = '    ^--!   ';
        const t = cold('       --| ');
        const tsubs = '     ---^-! ';
        const expected = '  -a---| ';
        const controller = new AbortController();
        const abort = cold('---x   ');
        abort.subscribe(() => controller.abort(new Error('shutting down')));

        expectObservable(group([stoppable(e1, t), NEVER], { signal: controller.signal })).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should leave the errors of teardowns counted', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t = cold('       --#', undefined, 'sad');
        const tsubs = '     ---^-!';
        const expected = '  -----#';
        const controller = new AbortController();
        const abort = cold('---x  ');
        abort.subscribe(() => controller.abort());

        expectObservable(group({ a: stoppable(NEVER, t) }, { signal: controller.signal })).toBe(
          expected,
          undefined,
          failedWith({ path: ['a'], phase: 'teardown', error: 'sad' }),
        );
        expectSubscriptions(t.subscriptions).toBe(tsubs);
      });
    });

    it('should have one listener, whatever the number of members, and none at the end', () => {
      const { signal } = new AbortController();
      const end = new Subject<never>();
      const listeners = (): number => getEventListeners(signal, 'abort').length;

      const result = group([NEVER, end, ...Array.from({ length: 20 }, () => NEVER)], { signal });
      const before = listeners();
      result.subscribe();
      const during = listeners();
      end.complete();

      expect([before, during, listeners()]).toStrictEqual([0, 1, 0]);
    });

    it('should have no listener when it has been unsubscribed, or had aborted before', () => {
      const { signal } = new AbortController();
      const abortedBefore = AbortSignal.abort();

      group([NEVER], { signal }).subscribe().unsubscribe();
      group([NEVER], { signal: abortedBefore }).subscribe();

      expect([signal, abortedBefore].map((each) => getEventListeners(each, 'abort').length)).toStrictEqual([0, 0]);
    });

    it("should pass its reason on as the cause of the members' reason", () => {
      const controller = new AbortController();
      const why = new Error('shutting down');
      const reasons: unknown[] = [];
      const curious = runner({
        run: ({ signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason));
          return NEVER;
        },
        teardown: ({ reason }) => void reasons.push(reason),
      });

      group([curious, group([curious])], { signal: controller.signal }).subscribe();
      controller.abort(why);

      expect(reasons).toHaveLength(4);
      expect(new Set(reasons).size).toBe(1);
      expect(reasons[0]).toBeInstanceOf(StopError);
      expect(reasons[0]).toMatchObject({ name: 'AbortError', cause: why });
      expect((reasons[0] as StopError).by).toBeUndefined();
    });

    it('should do nothing when it aborts after the end', () => {
      const controller = new AbortController();
      const log: string[] = [];

      group([EMPTY], { signal: controller.signal }).subscribe({ complete: () => log.push('complete') });
      controller.abort();

      expect(log).toStrictEqual(['complete']);
    });

    it('should stop each subscription', () => {
      const controller = new AbortController();
      const log: string[] = [];
      const result = group([NEVER], { signal: controller.signal });

      result.subscribe({ complete: () => log.push('one') });
      result.subscribe({ complete: () => log.push('two') });
      controller.abort();

      expect(log).toStrictEqual(['one', 'two']);
    });
  });

  describe('names', () => {
    class Worker {
      readonly name = 'worker';
      run(): Observable<never> {
        return throwError(() => new Error('sad'));
      }
    }
    const failing = throwError(() => new Error('sad'));
    const serve = (): Observable<never> => failing;
    const anonymous = (run: () => Observable<never>): Member => run;

    it.each<[string, Member, string]>([
      ["the one of 'named', whatever the runner's own", runner({ name: 'api', run: serve }).pipe(named('web')), 'web'],
      ["the outermost 'named'", failing.pipe(named('inner'), named('outer')), 'outer'],
      ["the runner's own", runner({ name: 'api', run: serve }), 'api'],
      [
        "the runner's own, through operators",
        runner({ name: 'api', run: serve }).pipe(
          map((value: unknown) => value),
          take(5),
        ),
        'api',
      ],
      ['that of an instance', runner(new Worker()), 'worker'],
      ["that of the runner's function", runner(serve), 'serve'],
      ['that of a run function', serve, 'serve'],
      ['the first of two runners', concat(runner({ name: 'a', run: () => EMPTY }), runner(serve)), 'a'],
      ['the index, where there is none', failing, '1'],
      ['the index, for an anonymous function', anonymous(() => failing), '1'],
    ])('should be, without a key, %s', (_, member, name) => {
      const paths: unknown[] = [];

      group([NEVER, member]).subscribe({
        error: (error: unknown) => paths.push(...(error as RunGroupError).failures.map(({ path }) => path)),
      });

      expect(paths).toStrictEqual([[name]]);
    });

    it('should be the keys of a record, before any other', () => {
      const paths: unknown[] = [];

      group({ key: runner({ name: 'own', run: serve }).pipe(named('named')) }).subscribe({
        error: (error: unknown) => paths.push(...(error as RunGroupError).failures.map(({ path }) => path)),
      });

      expect(paths).toStrictEqual([['key']]);
    });

    it('should not come from a runner inside a nested group', () => {
      const paths: unknown[] = [];

      group([group([runner({ name: 'own', run: serve })])]).subscribe({
        error: (error: unknown) => paths.push(...(error as RunGroupError).failures.map(({ path }) => path)),
      });

      expect(paths).toStrictEqual([['0', 'own']]);
    });
  });

  describe('function members', () => {
    it('should be run with a context, each subscription with its own', () => {
      const contexts: RunContext[] = [];
      const result = group({
        api: (context) => {
          contexts.push(context);
          return NEVER;
        },
      });

      result.subscribe().unsubscribe();
      result.subscribe().unsubscribe();

      expect(contexts.map(({ signal }) => signal.aborted)).toStrictEqual([true, true]);
      expect(contexts[0]).not.toBe(contexts[1]);
    });

    it('should be awaited when they are stopped', async () => {
      const log: string[] = [];
      const end = new Subject<never>();
      const api = async (context: RunContext): Promise<void> => {
        await aborted(context).catch(() => undefined);
        await Promise.resolve();
        log.push('closed');
      };

      const ended = outcome(group({ api, end }).pipe(tap({ complete: () => log.push('complete') })));
      end.complete();

      expect(await ended).toStrictEqual(['complete']);
      expect(log).toStrictEqual(['closed', 'complete']);
    });

    it('should emit what they resolve with, unless that is undefined', async () => {
      const result = group(
        { a: () => Promise.resolve(1), b: async () => Promise.resolve(), c: () => [2, 3] },
        { until: 'all' },
      ).pipe(toArray());

      const values = await firstValueFrom(result, { defaultValue: [] });

      expect(values).toStrictEqual([2, 3, 1]);
    });

    it('should have stopped cleanly when they reject with the reason of the stop', async () => {
      const end = new Subject<never>();

      const ended = outcome(group({ api: aborted, end }));
      end.complete();

      expect(await ended).toStrictEqual(['complete']);
    });

    it('should have stopped cleanly when they reject with an abort error after the stop', async () => {
      const end = new Subject<never>();
      const api = (context: RunContext) =>
        aborted(context).catch(() => {
          throw new DOMException('gone', 'AbortError');
        });

      const ended = outcome(group({ api, end }));
      end.complete();

      expect(await ended).toStrictEqual(['complete']);
    });

    it('should have failed when they reject with an abort error before the stop', async () => {
      const gone = new DOMException('gone', 'AbortError');

      const [error] = await outcome(group({ api: () => Promise.reject(gone), idle: NEVER }));

      expect(error).toStrictEqual(failedWith({ path: ['api'], phase: 'run', error: gone }));
    });

    it('should have failed when they reject with anything else after the stop', async () => {
      const end = new Subject<never>();
      const api = (context: RunContext) =>
        aborted(context).catch(() => {
          throw new Error('sad');
        });

      const ended = outcome(group({ api, end }));
      end.complete();

      expect(await ended).toStrictEqual([failedWith({ path: ['api'], phase: 'run', error: new Error('sad') })]);
    });
  });

  describe('members', () => {
    it.each<[string, () => Member, unknown[]]>([
      ['an Observable', () => of(1, 2), [1, 2]],
      ['an interop Observable', () => asInterop(of(1, 2)), [1, 2]],
      ['a promise', () => Promise.resolve(1), [1]],
      [
        'an async iterable',
        async function* () {
          yield await Promise.resolve(1);
          yield 2;
        },
        [1, 2],
      ],
      ['a ReadableStream', () => new Blob(['ab']).stream().pipeThrough(new TextDecoderStream()), ['ab']],
      ['a run function', () => () => [1, 2], [1, 2]],
    ])('should accept %s', async (_, member, values) => {
      expect(await outcome(group({ member: member(), idle: NEVER }))).toStrictEqual([...values, 'complete']);
    });

    it.each<[unknown, string]>([
      ['text', "'text'"],
      [7, '7'],
      [true, 'true'],
      [null, 'null'],
      [undefined, 'undefined'],
      [{}, '{}'],
      [[NEVER, 'x'], "[[Observable], 'x']"],
      [[], '[]'],
      [new Set([NEVER]), '[Set]'],
      [new Map([['api', NEVER]]), '[Map]'],
      [{ length: 1, 0: NEVER }, '{0: [Observable], length: 1}'],
      [new Uint8Array(1), '[Uint8Array]'],
    ])('should refuse %p, at the call, by its name or index', (member, shown) => {
      expect(typeErrorOf(() => group([NEVER, member as Member]))).toMatch(naming('group: member 1 must be', shown));
      expect(typeErrorOf(() => group({ a: NEVER, api: member as Member }))).toMatch(
        naming('group: member api must be', shown),
      );
    });

    it('should refuse a list of members among the members, and say what to write', () => {
      const advice = 'of a list, nest a group: `group(...)`';

      expect(typeErrorOf(() => group({ servers: [NEVER, NEVER] as never }))).toContain(advice);
      expect(typeErrorOf(() => group([[NEVER]] as never))).toContain(advice);
      expect(typeErrorOf(() => group(new Map([['api', NEVER]]) as never))).toMatch(
        naming('group: member 0 must be', "['api', [Observable]]"),
      );
    });

    it.each<[string, () => object, unknown[]]>([
      ['an Observable', () => Object.assign(of('o'), { [Symbol.iterator]: () => [].values() }), ['o']],
      ['an interop Observable', () => Object.assign(asInterop(of('o')), { length: 0 }), ['o']],
      ['a promise', () => Object.assign(Promise.resolve('p'), { [Symbol.iterator]: () => [].values() }), ['p']],
      [
        'an async iterable',
        () => ({
          [Symbol.iterator]: () => [].values(),
          async *[Symbol.asyncIterator]() {
            yield await Promise.resolve('a');
          },
        }),
        ['a'],
      ],
    ])('should take %s that is iterable too for what it is', async (_, member, values) => {
      expect(await outcome(group({ member: member() as Member, idle: NEVER }))).toStrictEqual([...values, 'complete']);
    });

    it('should refuse an object that cannot be turned into a string', () => {
      const strange = Object.create(null) as Member;

      expect(typeErrorOf(() => group([strange]))).toMatch(/^group: member 0 must be/u);
    });
  });

  describe('bad input', () => {
    it.each<[unknown, string]>([
      ['text', "'text'"],
      [7, '7'],
      [null, 'null'],
      [undefined, 'undefined'],
      [NEVER, '[Observable]'],
    ])('should refuse %p in place of the runners', (runners, shown) => {
      expect(typeErrorOf(() => group(runners as Member[]))).toMatch(naming('group: the runners must be', shown));
    });

    it.each<[string, object, string]>([
      ['errors', { errors: ['all'] }, "['all']"],
      ['errors', { errors: Object.create(null) as unknown }, '{}'],
      ['until', { until: Object.create(null) as unknown }, '{}'],
    ])('should refuse %s that only looks like one of its words, or like nothing: %p', (option, options, shown) => {
      expect(typeErrorOf(() => group([NEVER], options))).toMatch(naming(`group: '${option}' must be`, shown));
    });

    it('should point to runGroup for a stream of members', () => {
      expect(typeErrorOf(() => group(of(NEVER) as unknown as Member[]))).toContain('runGroup');
    });

    it.each<[string, unknown, string]>([
      ['until', 'last', "'last'"],
      ['until', null, 'null'],
      ['until', 1, '1'],
      ['errors', 'none', "'none'"],
      ['errors', null, 'null'],
      ['grace', -1, '-1'],
      ['grace', NaN, 'NaN'],
      ['grace', null, 'null'],
      ['grace', 'soon', "'soon'"],
      ['concurrency', 0, '0'],
      ['concurrency', -2, '-2'],
      ['concurrency', NaN, 'NaN'],
      ['signal', {}, '{}'],
      ['lifecycle', {}, '{}'],
    ])('should refuse %s: %p', (option, value, shown) => {
      expect(typeErrorOf(() => group([NEVER], { [option]: value }))).toMatch(
        naming(`group: '${option}' must be`, shown),
      );
    });

    it('should take what is undefined as left out', () => {
      const options: unknown = {
        until: undefined,
        errors: undefined,
        grace: undefined,
        concurrency: undefined,
        signal: undefined,
      };
      const log: string[] = [];

      group([NEVER, EMPTY], options as GroupOptions).subscribe({ complete: () => log.push('complete') });

      expect(log).toStrictEqual(['complete']);
    });
  });

  describe('stop reasons', () => {
    /** Tells the reason that its signal and its teardown get. */
    const curious = (reasons: StopError[]) =>
      runner({
        run: ({ signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason as StopError));
          return NEVER;
        },
        teardown: ({ reason }) => void reasons.push(reason),
      });

    it('should be one for all members, with the name of the one that completed', () => {
      const reasons: StopError[] = [];
      const end = new Subject<never>();

      group({ a: curious(reasons), b: end, c: curious(reasons) }).subscribe();
      end.complete();

      expect(reasons).toHaveLength(4);
      expect(new Set(reasons).size).toBe(1);
      expect(reasons[0]).toMatchObject({ name: 'AbortError', by: ['b'] });
      expect(reasons[0]).not.toHaveProperty('cause');
    });

    it('should have the error of the member that failed as their cause', () => {
      const reasons: StopError[] = [];
      const end = new Subject<never>();
      const sad = new Error('sad');

      group({ a: curious(reasons), b: end }).subscribe({ error: () => undefined });
      end.error(sad);

      expect(reasons[0]).toMatchObject({ by: ['b'], cause: sad });
      expect(reasons[0]?.cause).toBe(sad);
    });

    it('should reach the members of a nested group as they are', () => {
      const reasons: StopError[] = [];
      const end = new Subject<never>();

      group({ a: curious(reasons), b: group({ c: curious(reasons) }), end }).subscribe();
      end.complete();

      expect(reasons).toHaveLength(4);
      expect(new Set(reasons).size).toBe(1);
      expect(reasons[0]?.by).toStrictEqual(['end']);
    });

    it('should name the nested group whose member ended', () => {
      const outer: StopError[] = [];
      const inner: StopError[] = [];
      const end = new Subject<never>();

      group({ a: curious(outer), b: group({ c: curious(inner), end }) }).subscribe();
      end.complete();

      expect(inner[0]?.by).toStrictEqual(['end']);
      expect(outer[0]?.by?.[0]).toBe('b');
    });

    it('should have no member and no cause when the group is unsubscribed', () => {
      const reasons: StopError[] = [];

      group([curious(reasons)])
        .subscribe()
        .unsubscribe();

      expect(reasons).toStrictEqual([new StopError(), new StopError()]);
      expect(reasons[0]).toBe(reasons[1]);
      expect(reasons[0]?.by).toBeUndefined();
    });
  });

  describe('leaks', () => {
    it('should leave no observer behind when it has ended, or was unsubscribed', () => {
      const members = [new Subject<never>(), new Subject<never>()] as const;
      const observed = (): boolean[] => members.map((member) => member.observed);

      const subscription = group(members).subscribe();
      const during = observed();
      subscription.unsubscribe();
      const after = observed();
      group(members).subscribe();
      members[1].complete();

      expect([during, after, observed()]).toStrictEqual([
        [true, true],
        [false, false],
        [false, false],
      ]);
    });

    it('should have no timer before it stops, one while it does, and none at the end', () => {
      jest.useFakeTimers();
      const settling = new Subject<never>();
      const end = new Subject<never>();

      group([stoppable(NEVER, settling), end], { grace: 1000 }).subscribe();
      const before = jest.getTimerCount();
      end.complete();
      const during = jest.getTimerCount();
      settling.complete();

      expect([before, during, jest.getTimerCount()]).toStrictEqual([0, 1, 0]);
    });

    it('should have no timer when there is nothing to wait for', () => {
      jest.useFakeTimers();
      const end = new Subject<never>();

      group([NEVER, end], { grace: 1000 }).subscribe();
      end.complete();

      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('should report the failure of a teardown for which nobody waits', () => {
    const settling = new Subject<never>();

    const errors = unhandledErrors(() => {
      group({ a: stoppable(NEVER, settling) })
        .subscribe()
        .unsubscribe();
      settling.error(new Error('sad'));
    });

    expect(errors).toStrictEqual([failedWith({ path: ['a'], phase: 'teardown', error: new Error('sad') })]);
  });

  it('should tear down each member once when it is unsubscribed again from inside a teardown', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --|  ');
      const e1subs = '  ^-!  ';
      const t = cold('    --|');
      const tsubs = '   --^-!';
      const expected = '--   ';
      const log: string[] = [];
      const restless = runner({
        run: () => NEVER,
        teardown: () => {
          log.push('teardown');
          subscription.unsubscribe();
          return t;
        },
      });

      const result = group({ a: e1, b: restless, c: stoppable(NEVER, t) });
      const seen = new Subject<unknown>();
      const subscription = result.subscribe(seen);

      expectObservable(seen.pipe(finalize(() => expect(log).toStrictEqual(['teardown'])))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(t.subscriptions).toBe([tsubs, tsubs]);
    });
  });

  it('should be exact to the frame where groups, their members and their teardowns are nested', () => {
    run(({ cold, time, flush, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  --a--|       ');
      const e1subs = '   ^----!       ';
      const e2 = cold('  -1---2-3     ');
      const e2subs = '   ^----!       ';
      const t2 = cold('       ---|    ');
      const t2subs = '   -----^--!    ';
      const t3 = cold('       -----|  ');
      const t3subs = '   -----^----!  ';
      const f = cold('             --|');
      const fsubs = '    ----------^-!';
      const grace = time('     --------|');
      const expected = ' -1a---------|';
      const ends: number[] = [];
      const lifecycle = {
        next: ({ at, type }: LifecycleEvent) => {
          if (type === 'stopped') ends.push(at);
        },
      };

      const inner = group([stoppable(e2, t2), stoppable(NEVER, t3)]).pipe(finalizeAsync(() => f));
      const result = group([e1, inner], { grace, lifecycle }).pipe(settle());

      expectObservable(result).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(t2.subscriptions).toBe(t2subs);
      expectSubscriptions(t3.subscriptions).toBe(t3subs);
      expectSubscriptions(f.subscriptions).toBe(fsubs);
      flush();
      expect(ends).toStrictEqual([8, 10, 12]);
    });
  });

  describe('phases', () => {
    const sad = new Error('sad');
    const failing = () => runner({ run: () => of('a', 'b'), teardown: () => throwError(() => sad) });

    it.each<[string, () => Observable<unknown>]>([
      ['finalizeAsync', () => of(1).pipe(finalizeAsync(() => throwError(() => sad)))],
      [
        'withResource',
        () => withResource({ acquire: () => 1, use: () => of(1), release: () => throwError(() => sad) }),
      ],
      ['settle', () => failing().pipe(take(1), settle())],
      ['stopWhen', () => failing().pipe(stopWhen(EMPTY), take(1), settle())],
      ['a runner around it', () => runner(() => failing().pipe(take(1)))],
    ])('should tell a failed teardown from a failed run, through %s', (_, member) => {
      const errors: unknown[] = [];

      group({ a: member() }).subscribe({ error: (error: unknown) => errors.push(error) });

      expect(errors).toStrictEqual([new RunGroupError([{ path: ['a'], phase: 'teardown', error: sad }])]);
    });
  });

  describe('stopped by whoever is around it', () => {
    const sad = new Error('sad');
    const failing = () => runner({ run: () => NEVER, teardown: () => throwError(() => sad) });

    it('should name the member of its one failure', async () => {
      await expect(start(group({ db: failing() })).stop()).rejects.toStrictEqual(
        new RunGroupError([{ path: ['db'], phase: 'teardown', error: sad }]),
      );
    });

    it('should pass the first error on, as it is, where that is asked for', async () => {
      const members = { a: failing(), b: failing() };

      await expect(start(group(members, { errors: 'first' })).stop()).rejects.toBe(sad);
    });
  });
});
