import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  catchError,
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  share,
  startWith,
  Subject,
  take,
  tap,
  throwError,
  timer,
  type MonoTypeOperatorFunction,
  type ObservableInput,
  type Subscription,
} from 'rxjs';
import {
  drain,
  exponentialBackoff,
  finalizeAsync,
  GraceExceededError,
  group,
  named,
  restart,
  RestartLimitError,
  RunGroupError,
  runner,
  settle,
  start,
  stopWhen,
  withResource,
  type LifecycleEvent,
  type LifecycleObserver,
  type RestartOptions,
} from '../src/index.js';
import { itBehavesLikeAnOperator } from './helpers/battery.js';
import { firehose } from './helpers/firehose.js';
import { asInterop } from './helpers/interop.js';
import { run } from './helpers/marbles.js';
import { Census, failing, failingToTearDown, failures, tearingDown } from './helpers/teardowns.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

const sad = new Error('sad');

/** Writes events down: when, of whom, what, and what a restart tells. */
function writingDown(events: unknown[]): { readonly lifecycle: LifecycleObserver } {
  return {
    lifecycle: {
      next: ({ at, path, type, attempt, delay, error }: LifecycleEvent) => {
        const told = type === 'restarting' ? [{ attempt, delay, error }] : [];
        events.push([at, path.join('/'), type, ...told]);
      },
    },
  };
}

/** Lets all of it happen: there is a turn of the event loop before each restart, which takes no frame. */
function inVirtualTime(play: () => void): void {
  run(({ flush }) => {
    play();
    flush();
  });
}

/** A source that is another one each time. */
function inTurn<T>(...sources: Observable<T>[]): Observable<T> {
  let index = 0;
  return defer(() => sources[index++] ?? NEVER);
}

afterEach(() => {
  config.onUnhandledError = null;
});

itBehavesLikeAnOperator('restart, where errors are final', () => restart({ unless: () => true }));
itBehavesLikeAnOperator('restart, where there may be none', () => passingOn(restart({ limit: 0 }), causing));
itBehavesLikeAnOperator('restart on completion, up to a limit', () =>
  passingOn(restart({ on: 'completion', limit: 0 }), () => EMPTY),
);

/** Makes the error at the limit what the run ended with. */
function passingOn<T>(
  operator: MonoTypeOperatorFunction<T>,
  ended: (error: RestartLimitError) => Observable<never>,
): MonoTypeOperatorFunction<T> {
  const atTheLimit = (error: unknown) => (error instanceof RestartLimitError ? ended(error) : failing(error));
  return (source) => source.pipe(operator, catchError(atTheLimit));
}

/** What the last run failed with. */
function causing({ cause }: RestartLimitError): Observable<never> {
  return failing(cause);
}

describe('restart', () => {
  it('should run the source again when the teardown of the run that failed has settled', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('      -a-#         ');
      const e1subs = ['      ^--!         ', '-----^--!    ', '----------^-!'];
      const teardown = cold('   --|       ');
      const expected = '     -a----a----a-';
      const unsub = '        ------------!';

      const result = e1.pipe(tearingDown(teardown), restart());

      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(teardown.subscriptions).toBe(['---^-!', '--------^-!', '------------^-!']);
    });
  });

  it('should start what it supervises again, whether it returns or fails, and stop it for good with itself', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const [returns, fails, stays] = [cold('-a|'), cold('-b#'), cold('-c---')];
      const expected = '                    -a-b-c---|';

      const result = inTurn(returns, fails, stays).pipe(restart({ on: 'both' }), stopWhen(cold('---------x')));

      expectObservable(result).toBe(expected);
      expectSubscriptions(returns.subscriptions).toBe('^-!');
      expectSubscriptions(fails.subscriptions).toBe('  --^-!');
      expectSubscriptions(stays.subscriptions).toBe('  ----^----!');
    });
  });

  describe('on', () => {
    it.each<{ on: RestartOptions['on']; title: string; source: string; expected: string }>([
      {
        on: undefined,
        title: 'should complete when a run completes, unless told otherwise',
        source: '-a|',
        expected: '-a|',
      },
      { on: 'error', title: 'should complete when a run completes', source: '-a|', expected: '-a|' },
      { on: 'error', title: 'should restart when a run fails', source: '-a#', expected: '-a-a-' },
      { on: 'completion', title: 'should restart when a run completes', source: '-a|', expected: '-a-a-' },
      { on: 'completion', title: 'should err when a run fails', source: '-a#', expected: '-a#' },
      { on: 'both', title: 'should restart when a run completes, or fails', source: '-a|', expected: '-a-a-' },
      { on: 'both', title: 'should restart when a run fails, or completes', source: '-a#', expected: '-a-a-' },
    ])("$title, with '$on'", ({ on, source, expected }) => {
      run(({ cold, expectObservable }) => {
        const result = cold(source).pipe(restart(on === undefined ? {} : { on }));

        expectObservable(result, '----!').toBe(expected);
      });
    });

    it('should count a run that throws while it is being subscribed as one that fails', () => {
      run(({ cold, expectObservable }) => {
        const events: unknown[] = [];
        const throwing = new Observable<never>(() => {
          throw sad;
        });

        const result = group({ api: inTurn(throwing, cold('-a|')).pipe(restart({ delay: 2 })) }, writingDown(events));

        expectObservable(result).toBe('---a|');
        cold('-----|').subscribe({
          complete: () => expect(events).toContainEqual([0, 'api', 'restarting', { attempt: 1, delay: 2, error: sad }]),
        });
      });
    });

    it('should count what a teardown of a run that completed failed with as an error of that run', () => {
      run(({ cold, expectObservable }) => {
        const failing = cold('-a|').pipe(tearingDown(cold('--#', undefined, sad)));

        expectObservable(inTurn(failing, cold('b|')).pipe(restart())).toBe('-a--b|');
        expectObservable(failing.pipe(restart({ on: 'completion' }))).toBe('-a--#', undefined, sad);
      });
    });

    it('should count what a run and its teardown fail with as one error of that run, the run first', () => {
      run(({ cold, expectObservable }) => {
        const errors: unknown[] = [];
        const failing = cold('-#', undefined, 'run').pipe(
          tearingDown(cold('--#', undefined, 'down')),
          failingToTearDown('thrown'),
        );

        const result = failing.pipe(
          restart({
            unless: (error) => {
              errors.push((error as RunGroupError).failures);
              return true;
            },
          }),
          failures,
        );

        const all = [
          { path: [], phase: 'run', error: 'run' },
          { path: [], phase: 'teardown', error: 'thrown' },
          { path: [], phase: 'teardown', error: 'down' },
        ];
        expectObservable(result).toBe('---(f|)', { f: all });
        cold('----|').subscribe({ complete: () => expect(errors).toStrictEqual([all]) });
      });
    });
  });

  describe('delay', () => {
    it('should wait as many milliseconds from the end of the teardown on', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -a#       ');
        const e1subs = ['  ^-!       ', '-------^-!'];
        const t1 = cold('    --|     ');
        const expected = ' -a------a-';

        expectObservable(e1.pipe(tearingDown(t1), restart({ delay: 3 })), '---------!').toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it.each<{ kind: string; delay: string; restarts: string }>([
      { kind: 'its first value', delay: '--x-x', restarts: '-a---a-' },
      { kind: 'its completion', delay: '--|', restarts: '-a---a-' },
      { kind: 'a value at once', delay: 'x', restarts: '-a-a-a-' },
      { kind: 'its completion at once', delay: '|', restarts: '-a-a-a-' },
    ])('should wait for an Observable: $kind', ({ delay, restarts }) => {
      run(({ cold, expectObservable }) => {
        const waits = cold(delay);

        expectObservable(cold('-a#').pipe(restart({ delay: () => waits })), '------!').toBe(restarts);
      });
    });

    it('should let go of an Observable with its first value', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const waits = cold('--x-x');

        expectObservable(inTurn(cold('-#'), cold('a|')).pipe(restart({ delay: () => waits }))).toBe('---a|');
        expectSubscriptions(waits.subscriptions).toBe('-^-!');
      });
    });

    it('should wait for ever for an Observable that never fires, and for Infinity', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('-#');

        expectObservable(e1.pipe(restart({ delay: () => NEVER }))).toBe('-');
        expectObservable(e1.pipe(restart({ delay: Infinity }))).toBe('-');
        expectSubscriptions(e1.subscriptions).toBe(['^!', '^!']);
      });
    });

    it.each<{ kind: string; delay: () => ObservableInput<unknown> | number }>([
      { kind: 'a number', delay: () => 1 },
      { kind: 'an array', delay: () => ['now'] },
      { kind: 'an empty array', delay: () => [] },
      { kind: 'an iterable', delay: () => new Set(['now']) },
      { kind: 'a promise', delay: () => Promise.resolve('now') },
      { kind: 'an interop observable', delay: () => asInterop(of('now')) },
    ])('should accept $kind from a strategy', async ({ delay }) => {
      await expect(
        start(
          inTurn(
            throwError(() => sad),
            of('a'),
          ).pipe(restart({ delay })),
        ).done,
      ).resolves.toBeUndefined();
    });

    it('should ask the strategy with the attempt, from 1, and with what the run failed with', () => {
      const asked: unknown[] = [];
      const delay = (attempt: number, error: unknown): number => {
        asked.push([attempt, error]);
        return 0;
      };

      inVirtualTime(() => {
        inTurn(failing('first'), EMPTY, failing('second'), NEVER)
          .pipe(restart({ on: 'both', delay }))
          .subscribe();
      });

      expect(asked).toStrictEqual([
        [1, 'first'],
        [2, undefined],
        [3, 'second'],
      ]);
    });

    it('should err with what the strategy throws, after what the run failed with', () => {
      run(({ cold, expectObservable }) => {
        const delay = (): never => {
          throw sad;
        };

        expectObservable(cold('-#').pipe(restart({ delay }), failures)).toBe('-(f|)', {
          f: [
            { path: [], phase: 'run', error: 'error' },
            { path: [], phase: 'run', error: sad },
          ],
        });
        expectObservable(cold('-|').pipe(restart({ on: 'completion', delay }))).toBe('-#', undefined, sad);
      });
    });

    it('should err with what an Observable of the strategy errs with', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('-#');

        expectObservable(e1.pipe(restart({ delay: () => cold('--#', undefined, sad) }))).toBe('---#', undefined, sad);
        expectSubscriptions(e1.subscriptions).toBe('^!');
      });
    });

    it('should stop all when the teardown of a runner that a strategy has returned fails', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e2 = cold('a---');
        const delay = (): Observable<unknown> =>
          runner({ run: () => cold('--x'), teardown: () => cold('-#', undefined, sad) });

        expectObservable(inTurn(cold('-#'), e2).pipe(restart({ delay }))).toBe('---a#', undefined, sad);
        expectSubscriptions(e2.subscriptions).toBe('---^!');
      });
    });

    it.each([undefined, null, NaN, -1, 'abc', {}, true])(
      'should err with a TypeError when the strategy returns %p',
      (bad) => {
        const errors: unknown[] = [];

        throwError(() => sad)
          .pipe(restart({ delay: () => bad as number, limit: 1 }))
          .subscribe({ error: (error: unknown) => errors.push((error as RunGroupError).errors) });

        expect(errors).toStrictEqual([[sad, expect.any(TypeError)]]);
        expect(String((errors as TypeError[][])[0]?.[1])).toMatch(
          /^TypeError: restart: what 'delay' returns must be milliseconds \(0 or more\) or an ObservableInput, got /,
        );
      },
    );

    it('should not make it wait for a stranger that the strategy unsubscribes', () => {
      run(({ cold, expectObservable }) => {
        const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();
        const delay = (): number => {
          stranger.unsubscribe();
          return 2;
        };

        expectObservable(inTurn(cold('-#'), cold('-|')).pipe(restart({ delay }))).toBe('----|');
      });
    });

    it('should be made anew for each subscription, if the strategy remembers something', () => {
      const asked: string[] = [];
      let made = 0;
      const make = (): (() => number) => {
        const name = `strategy ${made++}`;
        return () => {
          asked.push(name);
          return 0;
        };
      };
      const result = throwError(() => sad).pipe(restart({ delay: Object.assign(make(), { anew: make }), limit: 2 }));

      inVirtualTime(() => {
        result.subscribe({ error: () => undefined });
        result.subscribe({ error: () => undefined });
      });

      expect(asked).toStrictEqual(['strategy 1', 'strategy 2', 'strategy 1', 'strategy 2']);
    });
  });

  describe('resetAfter', () => {
    it.each<{ title: string; options: RestartOptions; lasts: number; attempts: number[] }>([
      {
        title: 'should begin to count anew after so long a run',
        options: { resetAfter: 5 },
        lasts: 5,
        attempts: [1, 1, 1],
      },
      { title: 'should count on after a shorter one', options: { resetAfter: 5 }, lasts: 4, attempts: [1, 2, 3] },
      { title: 'should be 60 seconds', options: {}, lasts: 60_000, attempts: [1, 1, 1] },
      { title: 'should be 60 seconds, and not less', options: {}, lasts: 59_999, attempts: [1, 2, 3] },
      { title: 'should begin anew each time when it is 0', options: { resetAfter: 0 }, lasts: 0, attempts: [1, 1, 1] },
      {
        title: 'should never begin anew when it is Infinity',
        options: { resetAfter: Infinity },
        lasts: 90_000,
        attempts: [1, 2, 3],
      },
    ])('$title', ({ options, lasts, attempts }) => {
      run(({ flush }) => {
        const asked: number[] = [];
        const failing = timer(lasts).pipe(
          map(() => {
            throw sad;
          }),
        );

        failing
          .pipe(
            restart({
              ...options,
              limit: 3,
              delay: (attempt) => {
                asked.push(attempt);
                return 7;
              },
            }),
          )
          .subscribe({ error: () => undefined });
        flush();

        expect(asked).toStrictEqual(attempts);
      });
    });

    it('should count neither the teardown of a run, nor the wait before it', () => {
      run(({ cold, flush }) => {
        const asked: number[] = [];
        const delay = (attempt: number): number => {
          asked.push(attempt);
          return 20;
        };

        cold('----#')
          .pipe(tearingDown(cold('---------|')), restart({ resetAfter: 5, limit: 3, delay }))
          .subscribe({ error: () => undefined });
        flush();

        expect(asked).toStrictEqual([1, 2, 3]);
      });
    });
  });

  describe('limit', () => {
    it('should restart that often, and then err with the last error as the cause', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('-a#', undefined, sad);
        const e1subs = ['^-!', '--^-!', '----^-!'];

        expectObservable(e1.pipe(restart({ limit: 2 }))).toBe(
          '-a-a-a#',
          undefined,
          new RestartLimitError(2, Infinity, sad),
        );
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should not restart at all when it is 0', () => {
      run(({ cold, expectObservable }) => {
        expectObservable(cold('-a#', undefined, sad).pipe(restart({ limit: 0 }))).toBe(
          '-a#',
          undefined,
          new RestartLimitError(0, Infinity, sad),
        );
      });
    });

    it('should tell how many, within which time, and why', () => {
      const errors: RestartLimitError[] = [];
      inVirtualTime(() => {
        throwError(() => sad)
          .pipe(restart({ limit: 3, within: 1000 }))
          .subscribe({ error: (error: unknown) => errors.push(error as RestartLimitError) });
        EMPTY.pipe(restart({ on: 'completion', limit: 3 })).subscribe({
          error: (error: unknown) => errors.push(error as RestartLimitError),
        });
      });

      expect(errors.map(({ name, limit, within, message }) => [name, limit, within, message])).toStrictEqual([
        ['RestartLimitError', 3, 1000, 'ended once more than the limit of restarts allows: 3 within 1000 ms'],
        ['RestartLimitError', 3, Infinity, 'ended once more than the limit of restarts allows: 3'],
      ]);
      expect(errors[0]?.cause).toBe(sad);
      expect(Object.keys(errors[1] ?? {})).not.toContain('cause');
    });

    it.each<{ title: string; every: number; within: number; runs: number }>([
      { title: 'should count the restarts of that time only', every: 5, within: 10, runs: 10 },
      { title: 'should err when there are more in that time, to the frame', every: 5, within: 11, runs: 3 },
      {
        title: 'should count one in the very frame in which that time is over no more',
        every: 10,
        within: 20,
        runs: 10,
      },
      { title: 'should not count at all within 0', every: 5, within: 0, runs: 10 },
    ])('$title: one every $every ms, 2 within $within ms', ({ every, within, runs }) => {
      run(({ flush }) => {
        let subscriptions = 0;
        const failing = defer(() => {
          subscriptions++;
          return timer(every).pipe(mergeMap(() => (subscriptions < 10 ? throwError(() => sad) : NEVER)));
        });

        failing.pipe(restart({ limit: 2, within })).subscribe({ error: () => undefined });
        flush();

        expect(subscriptions).toBe(runs);
      });
    });

    it('should share nothing between two subscriptions', () => {
      let subscriptions = 0;
      const result = defer(() => {
        subscriptions++;
        return throwError(() => sad);
      }).pipe(restart({ limit: 2 }));

      inVirtualTime(() => {
        result.subscribe({ error: () => undefined });
        result.subscribe({ error: () => undefined });
      });

      expect(subscriptions).toBe(6);
    });
  });

  describe('unless', () => {
    it('should make an error final, for this one alone: the others of the group run on', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const job = cold('   -a#', undefined, sad);
        const jobSubs = '    ^-!';
        const api = cold('   ---b-c|');
        const apiSubs = '    ^-----!';
        const expected = '   -a-b-c(f|)';
        const isSad = (error: unknown): boolean => error === sad;

        const result = group({ job: job.pipe(restart({ unless: isSad })), api }, { until: 'all' });

        expectObservable(result.pipe(failures)).toBe(expected, {
          a: 'a',
          b: 'b',
          c: 'c',
          f: [{ path: ['job'], phase: 'run', error: sad }],
        });
        expectSubscriptions(job.subscriptions).toBe(jobSubs);
        expectSubscriptions(api.subscriptions).toBe(apiSubs);
      });
    });

    it('should see an error that is wrapped, and let the others be restarted', () => {
      run(({ cold, expectObservable }) => {
        const wrapped = new Error('cannot go on', { cause: sad });
        const result = inTurn(cold('-a#'), cold('b#', undefined, wrapped)).pipe(
          restart({ unless: (error) => (error as Partial<Error>).cause === sad }),
        );

        expectObservable(result).toBe('-ab#', undefined, wrapped);
      });
    });

    it('should not be asked of a completion', () => {
      let asked = 0;
      const unless = (): boolean => {
        asked++;
        return true;
      };

      inTurn(EMPTY, NEVER)
        .pipe(restart({ on: 'both', unless }))
        .subscribe();

      expect(asked).toBe(0);
    });

    it('should err with what it throws, after what the run failed with', () => {
      run(({ cold, expectObservable }) => {
        const unless = (): never => {
          throw sad;
        };

        expectObservable(cold('-#').pipe(restart({ unless }), failures)).toBe('-(f|)', {
          f: [
            { path: [], phase: 'run', error: 'error' },
            { path: [], phase: 'run', error: sad },
          ],
        });
      });
    });

    it('should not make it wait for a stranger that it unsubscribes', () => {
      run(({ cold, expectObservable }) => {
        const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();
        const unless = (): boolean => {
          stranger.unsubscribe();
          return true;
        };

        expectObservable(cold('-#').pipe(restart({ unless }))).toBe('-#');
      });
    });
  });

  describe('stopped', () => {
    it('should not restart, ever, when it was stopped while it waited to', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('-a#');

        const result = e1.pipe(restart({ delay: 5 }), stopWhen(cold('----x')));

        expectObservable(result).toBe('-a--|');
        expectSubscriptions(e1.subscriptions).toBe('^-!');
      });
    });

    it('should let go of what it waits for', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const waits = cold('-----x');

        expectObservable(cold('-a#').pipe(restart({ delay: () => waits })), '----!').toBe('-a');
        expectSubscriptions(waits.subscriptions).toBe('--^-!');
      });
    });

    it('should not restart a member that is removed while it waits to', () => {
      run(({ cold, flush }) => {
        const census = new Census();
        const members = new Subject<Observable<unknown>>();
        const member = census.count(cold('-#'), EMPTY).pipe(restart({ delay: 5 }));
        const removed = new Subject<void>();

        const subscription = group([member.pipe(stopWhen(removed)), NEVER], { until: 'all' }).subscribe();
        timer(3).subscribe(() => removed.next());
        timer(20).subscribe(() => subscription.unsubscribe());
        flush();

        expect([census.born, census.alive, members.observed]).toStrictEqual([1, 0, false]);
      });
    });

    it('should not restart, ever, when it was stopped while the teardown of the run was pending', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -a|          ');
        const t1 = cold('    -----|      ');
        const expected = ' -a-----|     ';

        const result = e1.pipe(tearingDown(t1), restart({ on: 'completion' }), stopWhen(cold('----x')));

        expectObservable(result).toBe(expected);
        expectSubscriptions(e1.subscriptions).toBe('^-!');
        expectSubscriptions(t1.subscriptions).toBe('--^----!');
      });
    });

    it('should have been stopped when the stop comes while what has failed is torn down', () => {
      run(({ cold, flush }) => {
        const events: unknown[] = [];
        const e1 = cold('-#', undefined, 'run').pipe(tearingDown(cold('-----|')));
        const other = cold('---|');

        group({ api: e1.pipe(restart()), other }, writingDown(events)).subscribe();
        flush();

        expect(events).toContainEqual([6, 'api', 'stopped']);
      });
    });

    it.each<{ title: string; options: RestartOptions }>([
      { title: 'which end counts', options: { on: 'completion' } },
      { title: 'the limit', options: { limit: 0 } },
      { title: 'unless', options: { unless: (error) => error === 'run' } },
    ])('should pass on what would have been final by $title, and the failure of the teardown', ({ options }) => {
      run(({ cold, expectObservable }) => {
        const e1 = cold('-#', undefined, 'run').pipe(tearingDown(cold('-----#', undefined, 'down')));
        const other = cold('---|');

        expectObservable(group({ api: e1.pipe(restart(options)), other }).pipe(failures)).toBe('------(f|)', {
          f: [
            { path: ['api'], phase: 'run', error: 'run' },
            { path: ['api'], phase: 'teardown', error: 'down' },
          ],
        });
      });
    });

    it('should pass on the failure of the teardown in which the stop came, and not that of the run', () => {
      run(({ cold, expectObservable }) => {
        const e1 = (): Observable<unknown> =>
          cold('-#', undefined, 'run').pipe(tearingDown(cold('-----#', undefined, 'down')));
        const other = cold('---|');
        const hanging = cold('-#', undefined, 'run').pipe(tearingDown(NEVER));

        expectObservable(group({ api: e1().pipe(restart()), other }).pipe(failures)).toBe('------(f|)', {
          f: [{ path: ['api'], phase: 'teardown', error: 'down' }],
        });
        expectObservable(group({ api: hanging.pipe(restart()), other }, { grace: 2 }).pipe(failures)).toBe(
          '-----(f|)',
          {
            f: [{ path: ['api'], phase: 'grace', error: new GraceExceededError(['api'], 2) }],
          },
        );
      });
    });

    it('should pass on the failure of a teardown that has come with that of the run, as one error', () => {
      run(({ cold, expectObservable }) => {
        const e1 = cold('-#', undefined, 'run').pipe(tearingDown(cold('-#', undefined, 'down')), settle());
        const member = e1.pipe(tearingDown(cold('-----|')), restart());

        expectObservable(group({ api: member, other: cold('---|') }).pipe(failures)).toBe('-------(f|)', {
          f: [{ path: ['api'], phase: 'teardown', error: 'down' }],
        });
      });
    });

    it.each<[string, Observable<unknown>]>([
      ['withResource', withResource({ acquire: () => 1, use: () => failing(sad), release: () => timer(5) })],
      ['finalizeAsync', failing(sad).pipe(finalizeAsync(() => timer(5)))],
      ['settle', failing(sad).pipe(tearingDown(timer(5)), settle())],
      ['a runner', runner(() => failing(sad).pipe(tearingDown(timer(5))))],
      ['a group', group({ slow: NEVER.pipe(tearingDown(timer(5))), a: failing(sad) })],
      [
        'a group that stops another',
        group({ a: timer(1).pipe(mergeMap(() => failing(sad))), slow: NEVER.pipe(tearingDown(timer(4))) }),
      ],
    ])('should have been stopped where %s holds back what has failed', (_, source) => {
      run(({ flush }) => {
        const events: unknown[] = [];
        const log: unknown[] = [];

        group({ api: source.pipe(restart()), end: timer(2) }, writingDown(events)).subscribe({
          error: (error: unknown) => log.push(error),
          complete: () => log.push('complete'),
        });
        flush();

        expect(events).toContainEqual([5, 'api', 'stopped']);
        expect(log).toStrictEqual(['complete']);
      });
    });

    it('should have been stopped where the stop reaches what holds back a failure later, in order', () => {
      run(({ flush }) => {
        const events: unknown[] = [];
        const failed = timer(1).pipe(
          mergeMap(() => failing(sad)),
          startWith('ready'),
          finalizeAsync(() => timer(20)),
        );
        const slow = NEVER.pipe(tearingDown(timer(5)));
        const all = group({ a: slow, b: failed }, { needs: { a: ['b'] }, until: 'all' });

        group({ api: all.pipe(restart()), end: timer(3) }, writingDown(events)).subscribe();
        flush();

        expect(events).toContainEqual([21, 'api', 'stopped']);
      });
    });

    it('should add what unless throws when it is asked because of the stop', () => {
      run(({ cold, expectObservable }) => {
        const e1 = cold('-#', undefined, 'run').pipe(tearingDown(cold('-----|')));
        const unless = (): never => {
          throw sad;
        };
        const member = e1.pipe(restart({ unless }));

        expectObservable(group({ api: member, other: cold('---|') }).pipe(failures)).toBe('------(f|)', {
          f: [
            { path: ['api'], phase: 'run', error: 'run' },
            { path: ['api'], phase: 'run', error: sad },
          ],
        });
      });
    });

    it('should make a scope that unsubscribes it wait for the run, and for the teardown of one that has ended', () => {
      run(({ cold, expectObservable }) => {
        const e1 = (): Observable<string> => cold('-a-a-a|').pipe(tearingDown(cold('----|')));

        expectObservable(e1().pipe(restart(), stopWhen(cold('--x')))).toBe('-a----|');
        expectObservable(e1().pipe(restart({ on: 'both' }), stopWhen(cold('-------x')))).toBe('-a-a-a----|');
      });
    });

    it.each<{ inside: string; options: (stop: () => void) => RestartOptions }>([
      {
        inside: 'unless',
        options: (stop) => ({
          unless: () => {
            stop();
            return false;
          },
        }),
      },
      {
        inside: 'the strategy',
        options: (stop) => ({
          delay: () => {
            stop();
            return 1;
          },
        }),
      },
    ])('should neither restart nor tell of a restart when it is stopped inside $inside', ({ options }) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const events: unknown[] = [];
        const stop = new Subject<void>();
        const e1 = cold('-#', undefined, sad);

        const member = e1.pipe(
          restart({
            ...options(() => {
              stop.complete();
            }),
          }),
        );
        const result = group({ api: member, stop }, writingDown(events)).pipe(failures);

        // it had failed, and nothing but the stop kept it from being restarted
        expectObservable(result).toBe('-|');
        expectSubscriptions(e1.subscriptions).toBe('^!');
        cold('---|').subscribe({
          complete: () => expect(JSON.stringify(events)).not.toContain('restarting'),
        });
      });
    });

    it('should not restart when it is stopped by whoever hears of the restart', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const stop = new Subject<string>();
        const e1 = cold('-#', undefined, sad);
        const lifecycle = { next: ({ type }: LifecycleEvent) => type === 'restarting' && stop.next('enough') };

        expectObservable(group({ api: e1.pipe(restart()), stop: stop.pipe(take(1)) }, { lifecycle })).toBe('-(s|)', {
          s: 'enough',
        });
        expectSubscriptions(e1.subscriptions).toBe('^!');
      });
    });

    it('should tear down once, whoever stops it, and how often', () => {
      const log: string[] = [];
      const subscription: Subscription = runner({
        run: () => NEVER,
        teardown: () => {
          log.push('teardown');
          subscription.unsubscribe();
        },
      })
        .pipe(restart({ on: 'both' }))
        .subscribe();

      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(log).toStrictEqual(['teardown']);
    });

    it('should stop while the source is being subscribed', () => {
      const stop = new Subject<void>();
      const log: string[] = [];
      const source = new Observable<never>((subscriber) => {
        log.push('run');
        stop.next();
        subscriber.error(sad);
      });

      source.pipe(restart(), stopWhen(stop)).subscribe({ complete: () => log.push('complete') });

      expect(log).toStrictEqual(['run', 'complete']);
    });

    it('should not run when its subscriber was closed before, and settle', () => {
      const stop = new Subject<void>();
      const log: string[] = [];

      defer(() => {
        stop.next();
        return of('run').pipe(
          tap((value) => log.push(value)),
          restart(),
        );
      })
        .pipe(stopWhen(stop))
        .subscribe({ complete: () => log.push('complete') });

      expect(log).toStrictEqual(['complete']);
    });

    it('should report what fails when nobody waits any more', async () => {
      const errors = unhandled();
      const release = new Subject<void>();
      const subscription = NEVER.pipe(tearingDown(release), restart()).subscribe();

      subscription.unsubscribe();
      release.error(sad);
      await afterReports();

      expect(errors).toStrictEqual([sad]);
    });
  });

  it('should stop a synchronous source as soon as downstream has had enough', () => {
    const emitted: number[] = [];

    inVirtualTime(() => {
      firehose(emitted, 3)
        .pipe((source) => concat(source.pipe(take(3)), EMPTY), restart({ on: 'completion' }), take(7))
        .subscribe();
    });

    expect(emitted).toStrictEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('should restart 100,000 times what ends while it is being subscribed, without recursion', () => {
    let runs = 0;
    const log: unknown[] = [];

    inVirtualTime(() => {
      defer(() => (++runs <= 100_000 ? throwError(() => sad) : of('done')))
        .pipe(restart({ delay: 0 }))
        .subscribe({
          next: (value) => log.push(value),
          error: (error: unknown) => log.push(error),
          complete: () => log.push('complete'),
        });
    });

    expect([runs, log]).toStrictEqual([100_001, ['done', 'complete']]);
  });

  it('should be subscribed to anew from within its own error', () => {
    const log: unknown[] = [];
    const result = throwError(() => sad).pipe(restart({ limit: 1 }), failures);

    inVirtualTime(() => {
      result.pipe(mergeMap(() => result)).subscribe((error) => log.push((error as RestartLimitError).cause));
    });

    expect(log).toStrictEqual([sad]);
  });

  describe('grace', () => {
    it('should limit the wait for the teardown of a run that has ended: both are told, and nothing is started late', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('-a#', undefined, sad);
        const t1 = cold('  -------|');

        expectObservable(e1.pipe(tearingDown(t1), restart({ on: 'both', grace: 3 }), failures)).toBe('-a---(f|)', {
          a: 'a',
          f: [
            { path: [], phase: 'run', error: sad },
            { path: [], phase: 'grace', error: new GraceExceededError([], 3) },
          ],
        });
        expectSubscriptions(e1.subscriptions).toBe('^-!');
      });
    });

    it('should be over with the first value of an Observable', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const grace = cold('--x');

        const result = cold('-a|').pipe(tearingDown(NEVER), restart({ on: 'completion', grace }));

        expectObservable(result).toBe('-a--#', undefined, new GraceExceededError([], grace));
        expectSubscriptions(grace.subscriptions).toBe('--^-!');
      });
    });

    it('should begin anew with each run, and be let go of when the teardown settles in time', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const grace = cold('---x');
        const result = cold('-a#').pipe(tearingDown(cold('--|')), restart({ grace }));

        expectObservable(result, '----------!').toBe('-a---a---a');
        expectSubscriptions(grace.subscriptions).toBe(['--^-!', '------^-!', '----------^-!']);
      });
    });

    it('should not wait before the restart when it is 0, which is no error', () => {
      run(({ cold, expectObservable }) => {
        const result = cold('-a#').pipe(tearingDown(NEVER), restart({ grace: 0, limit: 2 }));

        expectObservable(result.pipe(failures)).toBe('-a-a-a(f|)', {
          a: 'a',
          f: new RestartLimitError(2, Infinity, 'error'),
        });
      });
    });

    it('should report the late failure of a teardown that it did not wait for, when it is 0', async () => {
      const errors = unhandled();
      const release = new Subject<void>();
      const log: unknown[] = [];
      const first = failing('failed').pipe(tearingDown(release));

      inTurn<unknown>(first, NEVER)
        .pipe(restart({ grace: 0 }))
        .subscribe({ error: (error: unknown) => log.push(error) });
      release.error(sad);
      await afterReports();

      expect([log, errors]).toStrictEqual([[], [sad]]);
    });

    it('should limit the wait when it is stopped, from then on, also while that of a restart runs', () => {
      run(({ cold, expectObservable }) => {
        const result = (): Observable<unknown> =>
          cold('-a|').pipe(tearingDown(NEVER), restart({ on: 'completion', grace: 4 }));

        expectObservable(result()).toBe('-a----#', undefined, new GraceExceededError([], 4));
        expectObservable(result().pipe(stopWhen(cold('----x')))).toBe(
          '-a------#',
          undefined,
          new GraceExceededError([], 4),
        );
        expectObservable(NEVER.pipe(tearingDown(NEVER), restart({ grace: 4 }), stopWhen(cold('-x')))).toBe(
          '-----#',
          undefined,
          new GraceExceededError([], 4),
        );
      });
    });

    it('should have no limit when it is Infinity', () => {
      run(({ cold, expectObservable }) => {
        const result = cold('-a#').pipe(tearingDown(cold('-----|')), restart({ grace: Infinity }));

        expectObservable(result, '---------!').toBe('-a------a');
      });
    });
  });

  describe('a shared source', () => {
    it('should run it again once for all of its subscribers', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const e1 = cold('  -a-#            ');
        const e1subs = [
          '                ^--!            ',
          '                -----^--!       ',
          '                ----------^--!  ',
        ];
        const expected1 = '-a----a----a-#  ';
        const expected2 = '-a----a----a-#  ';

        const result = e1.pipe(share(), passingOn(restart({ delay: 2, limit: 2 }), causing));

        expectObservable(result).toBe(expected1);
        expectObservable(result).toBe(expected2);
        expectSubscriptions(e1.subscriptions).toBe(e1subs);
      });
    });

    it('should run it again as often when it ends while it is being subscribed', () => {
      run(({ expectObservable }) => {
        let runs = 0;
        const e1 = defer(() => of(String(++runs)));
        const expected = '1-2-(3|)';

        const result = e1.pipe(share(), restart({ on: 'completion', delay: 2 }), take(3));

        expectObservable(result).toBe(expected);
      });
    });
  });

  describe('failures', () => {
    it('should leave no trace of a failure after which it was restarted', () => {
      run(({ cold, expectObservable }) => {
        const failing = cold('-#').pipe(failingToTearDown('thrown'), tearingDown(cold('-#')));

        expectObservable(inTurn(failing, cold('-|')).pipe(restart())).toBe('---|');
      });
    });

    it('should count what a teardown fails with when it is stopped, once', () => {
      run(({ cold, expectObservable }) => {
        const failing = NEVER.pipe(tearingDown(cold('--#', undefined, sad)), restart(), stopWhen(cold('-x')));

        expectObservable(group({ api: failing }).pipe(failures)).toBe('---(f|)', {
          f: [{ path: ['api'], phase: 'teardown', error: sad }],
        });
      });
    });

    it('should have the names of a nested group, when its run is the last one', () => {
      run(({ cold, expectObservable }) => {
        const nested = group({ db: cold('-#', undefined, sad), web: NEVER.pipe(failingToTearDown('down')) });

        expectObservable(group({ api: nested.pipe(restart({ unless: () => true })) }).pipe(failures)).toBe('-(f|)', {
          f: [
            { path: ['api', 'db'], phase: 'run', error: sad },
            { path: ['api', 'web'], phase: 'teardown', error: 'down' },
          ],
        });
      });
    });
  });

  describe('in a group', () => {
    it('should restart the one that fails, and no other', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const fails = cold('-a--#');
        const other = cold('--b---b----');
        const expected = '  -ab--ab--a';

        const result = group({ fails: fails.pipe(restart()), other: other.pipe(restart()) });

        expectObservable(result, '----------!').toBe(expected);
        expectSubscriptions(fails.subscriptions).toBe(['^---!', '----^---!', '--------^-!']);
        expectSubscriptions(other.subscriptions).toBe('^---------!');
      });
    });

    it('should restart all of a group that is piped through it, when their teardowns have settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const fails = cold('-a--#');
        const other = cold('--b--');
        const t1 = cold('       --|');
        const expected = '  -ab----ab--';

        const result = group({ fails, other: other.pipe(tearingDown(t1)) }).pipe(restart());

        expectObservable(result, '---------!').toBe(expected);
        expectSubscriptions(fails.subscriptions).toBe(['^---!', '------^--!']);
        expectSubscriptions(other.subscriptions).toBe(['^---!', '------^--!']);
      });
    });

    it('should tell of each restart, with its attempt, its delay and the error', () => {
      run(({ cold, flush }) => {
        const events: unknown[] = [];
        const delay = exponentialBackoff({ initial: 2, factor: 2 });

        group(
          { api: inTurn(cold('-#', undefined, sad), cold('--#'), cold('-|')).pipe(restart({ delay })) },
          writingDown(events),
        ).subscribe();
        flush();

        expect(events).toStrictEqual([
          [0, 'api', 'starting'],
          [1, 'api', 'restarting', { attempt: 1, delay: 2, error: sad }],
          [5, 'api', 'restarting', { attempt: 2, delay: 4, error: 'error' }],
          [10, 'api', 'ready'],
          [10, 'api', 'completed'],
        ]);
      });
    });

    it('should tell of a thrown error, with its message and its stack', () => {
      const errors: unknown[] = [];
      const throwing = runner(() => {
        throw sad;
      });
      const lifecycle = { next: ({ type, error }: LifecycleEvent) => type === 'restarting' && errors.push(error) };

      group({ api: inTurn<unknown>(throwing, NEVER).pipe(restart()) }, { lifecycle }).subscribe();

      expect(errors[0]).toBe(sad);
    });

    it('should tell of the start of a member before its restart, though it fails while it is being subscribed', () => {
      const events: unknown[] = [];
      const api = inTurn(failing(sad), failing(sad), NEVER).pipe(restart());

      inVirtualTime(() => {
        group({ api }, writingDown(events)).subscribe();
      });

      expect(events.map((event) => (event as unknown[])[2])).toStrictEqual(['starting', 'restarting', 'restarting']);
    });

    it('should tell neither a delay that nobody can know, nor an error after a completion', () => {
      run(({ cold, flush }) => {
        const events: LifecycleEvent[] = [];
        const delay = (): Observable<unknown> => cold('-x');

        group(
          { api: cold('-|').pipe(restart({ on: 'completion', limit: 1, delay })) },
          { lifecycle: { next: (event) => events.push(event) } },
        ).subscribe({ error: () => undefined });
        flush();

        expect(events.find(({ type }) => type === 'restarting')).toStrictEqual({
          type: 'restarting',
          path: ['api'],
          at: 1,
          attempt: 1,
        });
      });
    });

    it('should tell the observers of all groups around it, with the path that they see', () => {
      const events: unknown[] = [];
      const inner: unknown[] = [];
      const api = inTurn(
        throwError(() => sad),
        NEVER,
      ).pipe(restart({ delay: 3 }));

      const subscription = group({ site: group({ api }, writingDown(inner)) }, writingDown(events)).subscribe();
      subscription.unsubscribe();

      const told = { attempt: 1, delay: 3, error: sad };
      expect(inner).toContainEqual([expect.any(Number), 'api', 'restarting', told]);
      expect(events).toContainEqual([expect.any(Number), 'site/api', 'restarting', told]);
    });

    it('should tell the lifecycle of start', () => {
      run(({ cold, flush }) => {
        const events: unknown[] = [];

        start(inTurn(cold('-#'), cold('-|')).pipe(restart({ delay: 2 })), undefined, writingDown(events));
        flush();

        expect(events).toStrictEqual([[1, '', 'restarting', { attempt: 1, delay: 2, error: 'error' }]]);
      });
    });

    it('should be ready with the run that says so, once', () => {
      run(({ cold, flush }) => {
        const events: unknown[] = [];
        const [fails, second, third] = [
          runner(() => cold('-#')),
          runner(({ ready }) => {
            timer(2).subscribe(ready);
            return cold('----#');
          }),
          runner(({ ready }) => {
            ready();
            return NEVER;
          }),
        ];

        group({ api: inTurn<unknown>(fails, second, third).pipe(restart()) }, writingDown(events)).subscribe();
        flush();

        expect(events.map((event) => (event as unknown[]).slice(0, 3))).toStrictEqual([
          [0, 'api', 'starting'],
          [1, 'api', 'restarting'],
          [3, 'api', 'ready'],
          [5, 'api', 'restarting'],
        ]);
      });
    });

    it('should not be ready because a run that has ended says so', () => {
      run(({ cold, flush }) => {
        const events: unknown[] = [];
        const late = runner(({ ready }) => {
          timer(3).subscribe(ready);
          return cold('-#');
        });

        group({ api: inTurn<unknown>(late, NEVER).pipe(restart({ delay: 5 })) }, writingDown(events)).subscribe();
        flush();

        expect(events.map((event) => (event as unknown[])[2])).toStrictEqual(['starting', 'restarting']);
      });
    });

    it('should leave the readiness to a runner around it', () => {
      run(({ flush }) => {
        const events: unknown[] = [];
        const inner = runner(({ ready }) => {
          ready();
          return NEVER;
        });
        const around = runner(({ ready }) => {
          timer(5).subscribe(ready);
          return inner.pipe(restart());
        });

        group({ api: around }, writingDown(events)).subscribe();
        flush();

        expect(events).toStrictEqual([
          [0, 'api', 'starting'],
          [5, 'api', 'ready'],
        ]);
      });
    });

    it('should start what needs it when a later run is ready', () => {
      run(({ cold, expectObservable }) => {
        const db = inTurn(cold('-#'), cold('--r---')).pipe(restart({ delay: 2 }));

        expectObservable(group({ db, api: cold('-a|') }, { needs: { api: ['db'] } })).toBe('-----ra|');
      });
    });

    it('should have the events of a nested group for each run, and be ready with all of it, once', () => {
      run(({ cold, flush }) => {
        const events: unknown[] = [];
        let runs = 0;
        const nested = defer(() => {
          runs++;
          return group({
            db: runner(({ ready }) => {
              timer(1).subscribe(ready);
              return runs === 1 ? cold('--#') : NEVER;
            }),
            web: runner({
              run: ({ ready }) => {
                if (runs > 1) ready();
                return NEVER;
              },
              teardown: () => cold('-|'),
            }),
          });
        });

        group({ site: nested.pipe(restart({ delay: 2 })) }, writingDown(events)).subscribe();
        flush();

        expect(events.map((event) => (event as unknown[]).slice(0, 3).join(' '))).toStrictEqual([
          '0 site starting',
          '0 site/db starting',
          '0 site/web starting',
          '1 site/db ready',
          '2 site/db failed',
          '2 site/web stopping',
          '3 site/web stopped',
          '3 site restarting',
          '5 site/db starting',
          '5 site/web starting',
          '5 site/web ready',
          '6 site/db ready',
          '6 site ready',
        ]);
      });
    });

    it('should bring a group and a member of it back, when both have failed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const grandchild = cold('-a#');
        const crashes = inTurn(cold('---#'), NEVER);

        const nested = group({ grandchild: grandchild.pipe(restart({ delay: 5 })), crashes });
        const expected = '-a--------a';

        // the group crashes while its member waits to be restarted: that restart is off, the group brings both back
        expectObservable(nested.pipe(restart({ delay: 6 })), '-----------!').toBe(expected);
        expectSubscriptions(grandchild.subscriptions).toBe(['^-!', '---------^-!']);
      });
    });

    it('should keep the name that a member has, whichever run it is', () => {
      run(({ cold, expectObservable }) => {
        const second = runner({ name: 'second', run: () => cold('-#', undefined, sad) });
        const member = inTurn(runner({ name: 'first', run: () => cold('-#') }), second);
        const unless = (error: unknown): boolean => error === sad;

        expectObservable(group([member.pipe(restart({ unless }))]).pipe(failures)).toBe('--(f|)', {
          f: [{ path: ['first'], phase: 'run', error: sad }],
        });
        expectObservable(
          group([inTurn(cold('-#'), second).pipe(restart({ unless }), named('api'))]).pipe(failures),
        ).toBe('--(f|)', { f: [{ path: ['api'], phase: 'run', error: sad }] });
      });
    });

    it('should say of a member in the report that it runs, though it was restarted', () => {
      run(({ cold, flush }) => {
        const api = inTurn(cold('-#'), cold('--r-')).pipe(restart({ delay: 1 }));
        const running = start(group({ api }));
        const states: unknown[] = [];
        timer(1, 1)
          .pipe(take(4))
          .subscribe(() => states.push(running.report().members.api?.state));
        flush();

        expect(states).toStrictEqual(['starting', 'starting', 'starting', 'ready']);
      });
    });
  });

  it('should tick until it is stopped, and fail with a tick that fails', () => {
    run(({ cold, expectObservable }) => {
      const ticks = timer(2).pipe(
        map(() => 't'),
        restart({ on: 'completion' }),
      );
      expectObservable(ticks.pipe(stopWhen(cold('-------x')))).toBe('--t-t-t|');

      let count = 0;
      const failing = timer(2).pipe(
        map(() => {
          if (++count === 3) throw sad;
          return 't';
        }),
        restart({ on: 'completion' }),
      );
      expectObservable(failing).toBe('--t-t-#', undefined, sad);
    });
  });

  it('should stay idle until it is stopped', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(NEVER.pipe(restart(), stopWhen(cold('-----x')))).toBe('-----|');
    });
  });

  it('should finalize a run before it starts the next, and the source before the sink', () => {
    const log: string[] = [];
    const result = inTurn(failing(sad), EMPTY).pipe(
      tap({ subscribe: () => log.push('start'), finalize: () => log.push('finalize') }),
      restart(),
      finalize(() => log.push('sink')),
    );

    inVirtualTime(() => {
      result.subscribe({ complete: () => log.push('complete') });
    });

    expect(log).toStrictEqual(['start', 'finalize', 'start', 'finalize', 'complete', 'sink']);
  });

  it('should run finalizeAsync of each run, and let settle and drain wait', () => {
    run(({ cold, expectObservable }) => {
      const kinds: string[] = [];
      const source = inTurn(cold('-#'), cold('-a--')).pipe(
        finalizeAsync((kind) => {
          kinds.push(kind);
          return cold('--|');
        }),
        restart(),
      );

      expectObservable(source.pipe(take(1), settle())).toBe('----a-|');
      cold('--------|').subscribe({ complete: () => expect(kinds).toStrictEqual(['error', 'unsubscribe']) });

      const subscription = NEVER.pipe(tearingDown(cold('--|')), restart()).subscribe();
      expectObservable(timer(1).pipe(mergeMap(() => drain(subscription)))).toBe('---(d|)', { d: undefined });
    });
  });

  it('should not make it wait for a stranger that a handler unsubscribes', () => {
    run(({ cold, expectObservable }) => {
      const stranger = NEVER.pipe(tearingDown(NEVER)).subscribe();

      const result = inTurn(cold('-a#'), cold('-a|')).pipe(
        restart(),
        tap(() => stranger.unsubscribe()),
      );

      expectObservable(result).toBe('-a-a|');
    });
  });

  describe('bad options', () => {
    it.each<{ options: unknown; message: string }>([
      { options: { on: 'never' }, message: "'on' must be 'error', 'completion' or 'both', got 'never'" },
      { options: { on: null }, message: "'on' must be 'error', 'completion' or 'both', got null" },
      { options: { delay: -1 }, message: "'delay' must be milliseconds (0 or more) or a function, got -1" },
      { options: { delay: NaN }, message: "'delay' must be milliseconds (0 or more) or a function, got NaN" },
      { options: { delay: '5' }, message: "'delay' must be milliseconds (0 or more) or a function, got '5'" },
      {
        options: { delay: NEVER },
        message: "'delay' must be milliseconds (0 or more) or a function, got [Observable]",
      },
      { options: { resetAfter: -1 }, message: "'resetAfter' must be 0 or more, got -1" },
      { options: { resetAfter: '5' }, message: "'resetAfter' must be 0 or more, got '5'" },
      { options: { limit: NaN }, message: "'limit' must be an integer, 0 or more, got NaN" },
      { options: { limit: -1 }, message: "'limit' must be an integer, 0 or more, got -1" },
      { options: { limit: 1.5 }, message: "'limit' must be an integer, 0 or more, got 1.5" },
      { options: { within: -1 }, message: "'within' must be 0 or more, got -1" },
      { options: { within: null }, message: "'within' must be 0 or more, got null" },
      { options: { unless: sad }, message: "'unless' must be a function, got Error: sad" },
      { options: { grace: -1 }, message: "'grace' must be milliseconds (0 or more) or an ObservableInput, got -1" },
      {
        options: { grace: 'soon' },
        message: "'grace' must be milliseconds (0 or more) or an ObservableInput, got 'soon'",
      },
    ])('should be refused at the call: $message', ({ options, message }) => {
      const call = (): unknown => restart(options as RestartOptions);

      expect(call).toThrow(TypeError);
      expect(call).toThrow(new TypeError(`restart: ${message}`));
    });
  });

  it('should never have two alive, and tear each down once, whatever comes when', () => {
    const step = fc.record({
      lasts: fc.nat(5),
      end: fc.constantFrom('#', '|'),
      teardown: fc.nat(5),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('error', 'completion', 'both'),
        fc.nat(4),
        fc.option(fc.nat(40)),
        (steps, on, delay, unsubscribeAt) => {
          run(({ cold, flush }) => {
            const census = new Census();
            config.onUnhandledError = () => undefined;
            const runs = steps.map(({ lasts, end, teardown, fails }) =>
              census.count(cold('-'.repeat(lasts) + end), cold('-'.repeat(teardown) + (fails ? '#' : '|'))),
            );
            let ends = 0;
            const isLast = (index: number): boolean => {
              const { end, fails } = steps[index] ?? { end: '|', fails: false };
              const failed = end === '#' || fails;
              return on !== 'both' && failed !== (on === 'error');
            };
            const expected = steps.findIndex((_, index) => isLast(index));
            const subscription = inTurn(...runs)
              .pipe(restart({ on, delay }))
              .subscribe({ error: () => ends++, complete: () => ends++ });
            if (unsubscribeAt !== null) timer(unsubscribeAt).subscribe(() => subscription.unsubscribe());
            flush();

            const whole = unsubscribeAt === null;
            expect(census.most).toBe(1);
            expect(census.alive).toBe(0);
            expect(whole ? census.born : 0).toBe(whole ? (expected < 0 ? steps.length : expected + 1) : 0);
            expect(whole ? ends : 0).toBe(whole && expected >= 0 ? 1 : 0);
          });
        },
      ),
    );
  });
});

describe('restart of what was left behind', () => {
  const slow = (): Observable<number> => runner({ run: () => NEVER, teardown: () => timer(50) });

  it.each([
    ['a group', () => group({ slow: slow(), failing: timer(2).pipe(map(() => failOn('run'))) }, { grace: 3 })],
    ['an operator', () => merge(slow(), timer(2)).pipe(take(1), settle({ grace: 3 }))],
  ] as const)('should be refused: %s would be alive twice', (_, source) => {
    run(({ flush }) => {
      let runs = 0;
      const errors: unknown[] = [];
      const counted = defer(() => {
        runs++;
        return source();
      });
      counted.pipe(restart({ on: 'both', limit: 2 })).subscribe({ error: (error: unknown) => errors.push(error) });
      flush();

      expect(runs).toBe(1);
      expect(
        errors.flatMap((error): unknown[] => (error instanceof RunGroupError ? error.errors : [error])),
      ).toContainEqual(expect.any(GraceExceededError));
    });
  });
});

function failOn(what: string): never {
  throw new Error(what);
}
