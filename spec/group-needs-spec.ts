import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  config,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  startWith,
  Subject,
  Subscription,
  take,
  tap,
  throwError,
  timer,
  toArray,
  type ObservableInput,
} from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import {
  awaitTeardown,
  drain,
  GraceExceededError,
  group,
  named,
  restart,
  runGroup,
  runner,
  runWhile,
  StartTimeoutError,
  stopWhen,
  type LifecycleEvent,
  type LifecycleEventType,
  type LifecycleObserver,
  type Member,
  type RecordOptions,
  type StopError,
} from '../src/index.js';
import { countSteps } from './helpers/countSteps.js';
import { run } from './helpers/marbles.js';
import { unhandled } from './helpers/unhandled.js';

/** A runner that works as `work` does, and is torn down as `teardown` is. */
function stoppable<T>(work: Observable<T>, teardown: ObservableInput<unknown> = EMPTY): Observable<T> {
  return runner({ run: () => work, teardown: () => teardown });
}

/** An Observable whose teardown is awaited, whether it was stopped or ended by itself. */
function closing<T>(work: Observable<T>, teardown: Observable<unknown>): Observable<T> {
  return new Observable((subscriber) => {
    work.subscribe(subscriber);
    return () => awaitTeardown(teardown);
  });
}

/** A runner that says after `time` that it is ready, and goes on. */
function readyAfter(time: number, teardown: ObservableInput<unknown> = EMPTY): Observable<never> {
  return runner({
    run: ({ ready }) =>
      merge(
        NEVER,
        timer(time).pipe(
          tap(ready),
          mergeMap(() => NEVER),
        ),
      ),
    teardown: () => teardown,
  });
}

interface Recorder extends LifecycleObserver {
  readonly lines: string[];
}

/** Keeps what it is told, each step with its time. */
function recorder(then: (event: LifecycleEvent) => void = () => undefined): Recorder {
  const lines: string[] = [];
  return {
    lines,
    next: (event) => {
      lines.push(`${event.at} ${event.path.join('/')} ${event.type}`);
      then(event);
    },
  };
}

/** What a group tells of its members in virtual time. */
function told(play: (helpers: RunHelpers, lifecycle: LifecycleObserver) => Observable<unknown>): string[] {
  const lifecycle = recorder();
  run((helpers) => {
    play(helpers, lifecycle).subscribe({ error: () => undefined });
  });
  return lifecycle.lines;
}

/** What a group without virtual time tells of its members, without the times. */
function toldNow(play: (lifecycle: LifecycleObserver) => void, then?: (event: LifecycleEvent) => void): string[] {
  const lifecycle = recorder(then);
  play(lifecycle);
  return lifecycle.lines.map((line) => line.replace(/^\d+ /u, ''));
}

/** The error of a group in which exactly this failed. */
function failedWith(...failures: readonly (readonly [path: string, error: unknown, phase?: string])[]): unknown {
  return expect.objectContaining({
    name: 'RunGroupError',
    failures: failures.map(([path, error, phase = 'run']) => ({ path: path.split('/'), phase, error })),
  });
}

/** What came of a group, from the values to its end. */
function outcomeOf(source: Observable<unknown>): unknown[] {
  const log: unknown[] = [];
  source.subscribe({
    next: (value) => log.push(value),
    error: (error: unknown) => log.push(error),
    complete: () => log.push('complete'),
  });
  return log;
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

function recordOf(entries: Iterable<readonly [string, Member]>): Record<string, Member> {
  return Object.fromEntries(entries);
}

/** What TypeScript would refuse. */
function untyped(members: object, options: object): Observable<unknown> {
  return group(members as Record<string, Member>, options as RecordOptions);
}

afterEach(() => {
  jest.useRealTimers();
  config.onUnhandledError = null;
});

describe('group with needs', () => {
  describe('start and stop', () => {
    it('should start a member when what it needs is ready, and tear it down before that', () => {
      run(({ cold, flush, expectObservable, expectSubscriptions }) => {
        const db = cold('      -r------------');
        const dbsubs = '       ^--------!    ';
        const api = cold('      --a-b-       ');
        const apisubs = '      -^-----!      ';
        const stop = cold('    -------x      ');
        const t2 = cold('             --|    ');
        const t2subs = '       -------^-!    ';
        const t1 = cold('               ---| ');
        const t1subs = '       ---------^--! ';
        const expected = '     ---a-b------| ';
        const controller = new AbortController();
        const lifecycle = recorder();
        const says = runner({
          run: ({ ready }) => db.pipe(tap(ready), ignoreElements()),
          teardown: () => t1,
        });

        const result = group(
          { db: says, api: stoppable(api, t2) },
          { needs: { api: ['db'] }, signal: controller.signal, lifecycle },
        );
        stop.subscribe(() => {
          controller.abort();
        });

        expectObservable(result).toBe(expected);
        expectSubscriptions(db.subscriptions).toBe(dbsubs);
        expectSubscriptions(api.subscriptions).toBe(apisubs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
        flush();
        expect(lifecycle.lines).toStrictEqual([
          '0 db starting',
          '1 db ready',
          '1 api starting',
          '3 api ready',
          '7 api stopping',
          '9 api stopped',
          '9 db stopping',
          '12 db stopped',
        ]);
      });
    });

    it('should start in the order of the needs, whatever the order of the record', () => {
      const lines = told((_, lifecycle) =>
        group(
          { web: readyAfter(1), api: readyAfter(2), db: readyAfter(3), end: timer(10) },
          { needs: { web: ['api'], api: ['db'] }, lifecycle },
        ),
      );

      expect(lines).toStrictEqual([
        '0 db starting',
        '0 end starting',
        '3 db ready',
        '3 api starting',
        '5 api ready',
        '5 web starting',
        '6 web ready',
        '10 end ready',
        '10 end completed',
        '10 web stopping',
        '10 web stopped',
        '10 api stopping',
        '10 api stopped',
        '10 db stopping',
        '10 db stopped',
      ]);
    });

    it('should tear down one after another in the reverse order, each when the one before has settled', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const t3 = cold('     --|         ');
        const t3subs = '    --^-!         ';
        const t2 = cold('       -----|    ');
        const t2subs = '    ----^----!    ';
        const t1 = cold('            ---| ');
        const t1subs = '    ---------^--! ';
        const unsub = '     --!           ';
        const expected = '  (abc)         ';
        const emits = (value: string) => NEVER.pipe(startWith(value));

        const result = group(
          { a: stoppable(emits('a'), t1), b: stoppable(emits('b'), t2), c: stoppable(emits('c'), t3) },
          { needs: { b: ['a'], c: ['b'] } },
        );

        expectObservable(result, unsub).toBe(expected);
        expectSubscriptions(t3.subscriptions).toBe(t3subs);
        expectSubscriptions(t2.subscriptions).toBe(t2subs);
        expectSubscriptions(t1.subscriptions).toBe(t1subs);
      });
    });

    it('should start and stop at once those between which there is no need', () => {
      const lines = told((_, lifecycle) =>
        group(
          { a: readyAfter(1, timer(3)), b: readyAfter(1, timer(3)), c: readyAfter(1, timer(2)), end: timer(5) },
          { needs: { c: ['a', 'b'] }, lifecycle },
        ),
      );

      expect(lines.slice(0, 3)).toStrictEqual(['0 a starting', '0 b starting', '0 end starting']);
      expect(lines.slice(-6)).toStrictEqual([
        '5 c stopping',
        '7 c stopped',
        '7 a stopping',
        '7 b stopping',
        '10 a stopped',
        '10 b stopped',
      ]);
    });

    it('should wait on both sides of a diamond', () => {
      const lines = told((_, lifecycle) =>
        group(
          {
            top: readyAfter(1, timer(1)),
            left: readyAfter(4, timer(5)),
            right: readyAfter(2, timer(2)),
            bottom: readyAfter(1, timer(4)),
            end: timer(8),
          },
          { needs: { left: ['bottom'], right: ['bottom'], top: ['left', 'right'] }, lifecycle },
        ),
      );

      expect(lines.filter((line) => / (starting|stopping|stopped)$/u.test(line))).toStrictEqual([
        '0 bottom starting',
        '0 end starting',
        '1 left starting',
        '1 right starting',
        '5 top starting',
        '8 top stopping',
        '9 top stopped',
        '9 left stopping',
        '9 right stopping',
        '11 right stopped',
        '14 left stopped',
        '14 bottom stopping',
        '18 bottom stopped',
      ]);
    });

    it('should take a need that is listed twice for one', () => {
      const needs = { b: ['a', 'a'] } as const;
      const lines = told((_, lifecycle) =>
        group({ a: readyAfter(2), b: readyAfter(1), end: timer(9) }, { needs, lifecycle }),
      );

      expect(lines).toContain('2 b starting');
      expect(lines.slice(-4)).toStrictEqual(['9 b stopping', '9 b stopped', '9 a stopping', '9 a stopped']);
    });

    // transitive: the one between has no work of its own
    it('should start a member only after what its needs need, though they have nothing to do', () => {
      const lines = told((_, lifecycle) =>
        group(
          { c: readyAfter(1, timer(2)), b: EMPTY, a: readyAfter(3, timer(2)), end: timer(6) },
          { needs: { c: ['b'], b: ['a'] }, lifecycle },
        ),
      );

      expect(lines).toStrictEqual([
        '0 a starting',
        '0 end starting',
        '3 a ready',
        '3 b starting',
        '3 b ready',
        '3 b completed',
        '3 c starting',
        '4 c ready',
        '6 end ready',
        '6 end completed',
        '6 c stopping',
        '8 c stopped',
        '8 a stopping',
        '10 a stopped',
      ]);
    });

    it('should hold back what the one between needs while that is being torn down, though it ended before', () => {
      const lines = told((_, lifecycle) =>
        group(
          { a: readyAfter(1, timer(1)), b: closing(EMPTY, timer(8)), c: readyAfter(1, timer(2)), end: timer(4) },
          { needs: { c: ['b'], b: ['a'] }, lifecycle },
        ),
      );

      expect(lines.slice(-6)).toStrictEqual([
        '4 end completed',
        '4 c stopping',
        '6 c stopped',
        '9 b completed',
        '9 a stopping',
        '10 a stopped',
      ]);
    });

    it('should hold a need back though its dependent ended by itself and another one goes on', () => {
      const lines = told((_, lifecycle) =>
        group(
          { a: readyAfter(1), b: timer(2), c: readyAfter(1, timer(3)), end: timer(6) },
          { needs: { b: ['a'], c: ['a'] }, until: ['end'], lifecycle },
        ),
      );

      expect(lines.slice(-4)).toStrictEqual(['6 c stopping', '9 c stopped', '9 a stopping', '9 a stopped']);
    });

    it('should let a need that ends while its dependents are torn down end by itself', () => {
      const lines = told((_, lifecycle) =>
        group(
          { base: readyAfter(1), a: timer(0, 1).pipe(take(7)), b: readyAfter(1, timer(9)), end: timer(4) },
          { needs: { a: ['base'], b: ['a'] }, lifecycle },
        ),
      );

      expect(lines.slice(-5)).toStrictEqual([
        '4 b stopping',
        '7 a completed',
        '13 b stopped',
        '13 base stopping',
        '13 base stopped',
      ]);
    });

    it('should run anew for each subscription', () => {
      const result = group({ b: of('b'), a: of('a') }, { needs: { b: ['a'] } });

      expect(outcomeOf(result)).toStrictEqual(['a', 'b', 'complete']);
      expect(outcomeOf(result)).toStrictEqual(['a', 'b', 'complete']);
    });

    it('should be as without needs where there are none', () => {
      const play = (options: object) =>
        told((_, lifecycle) =>
          untyped({ a: readyAfter(2, timer(1)), b: timer(4), c: EMPTY }, { ...options, lifecycle }),
        );

      expect(play({ needs: {} })).toStrictEqual(play({}));
      expect(play({ needs: { a: [], b: undefined } })).toStrictEqual(play({}));
    });

    it('should complete at once when it is empty', () => {
      expect(outcomeOf(untyped({}, { needs: {}, startWithin: 10 }))).toStrictEqual(['complete']);
    });
  });

  describe('readiness', () => {
    const waysToBeReady: Record<string, (helpers: RunHelpers) => Member> = {
      'has called ready()': () => readyAfter(2),
      'has emitted its first value': ({ cold }) => cold('--a-b-'),
      'is a runner that has emitted its first value': ({ cold }) => runner(() => cold('--a-b-')),
      'is a function that has emitted its first value':
        ({ cold }) =>
        () =>
          cold('--a-b-'),
      'has completed': ({ cold }) => cold('--|'),
      'is a group whose last member is ready': () => group({ x: readyAfter(1), y: readyAfter(2) }),
      'is a list whose last member is ready': () => group([readyAfter(2), readyAfter(1)]),
      'is a stream of runners that is over, and the last is ready': () =>
        of(readyAfter(1), readyAfter(2)).pipe(runGroup()),
      'is a group in a group': () => group({ inner: group({ x: readyAfter(2) }), y: readyAfter(1) }),
      'is a group with needs': () => group({ y: readyAfter(1), x: readyAfter(1) }, { needs: { y: ['x'] } }),
      'is a group in which one was ready and the other has completed': ({ cold }) =>
        group({ x: readyAfter(1), y: cold('--|') }, { until: 'all' }),
      'is a group that has completed': ({ cold }) => group({ x: NEVER, y: cold('--|') }),
      'is ready behind operators': () =>
        readyAfter(2).pipe(
          map((value) => value),
          named('other'),
        ),
      'is restarted, and ready then': ({ cold }) =>
        defer(() => (attempt++ === 0 ? cold('-#') : readyAfter(1))).pipe(restart()),
      'is switched on': ({ cold }) => readyAfter(1).pipe(runWhile(cold('-t', { t: true }))),
    };
    let attempt = 0;

    it.each(Object.entries(waysToBeReady))('should start what needs a member that %s', (_, member) => {
      attempt = 0;
      const lines = told((helpers, lifecycle) =>
        group(
          { a: member(helpers) as Observable<unknown>, b: readyAfter(1), end: timer(9) },
          { needs: { b: ['a'] }, until: ['end'], lifecycle },
        ),
      );

      expect(lines.filter((line) => / [ab] (ready|starting)$/u.test(line))).toStrictEqual([
        '0 a starting',
        '2 a ready',
        '2 b starting',
        '3 b ready',
      ]);
    });

    const waysNotToBe: Record<string, (helpers: RunHelpers) => Observable<unknown>> = {
      'does nothing': () => NEVER,
      'is a group with one member that is not ready': () => group({ x: readyAfter(1), y: NEVER }),
      'is a group with one member that waits for its turn': () =>
        group({ x: readyAfter(1), y: readyAfter(1) }, { concurrency: 1 }),
      'is a group that emits while a member is not ready': ({ cold }) => group({ x: cold('-a'), y: NEVER }),
      'is a stream of runners that may have more': () => merge(of(readyAfter(1)), NEVER).pipe(runGroup()),
      'is switched off': () => readyAfter(1).pipe(runWhile(NEVER)),
    };

    it.each(Object.entries(waysNotToBe))('should never start what needs a member that %s', (_, member) => {
      const lines = told((helpers, lifecycle) =>
        group(
          { a: member(helpers), b: readyAfter(1), end: timer(9) },
          { needs: { b: ['a'] }, until: ['end'], lifecycle },
        ),
      );

      expect(lines.filter((line) => / [ab] /u.test(line))).toStrictEqual([
        '0 a starting',
        '9 b refused',
        '9 a stopping',
        '9 a stopped',
      ]);
    });

    it('should tell of each readiness once, however often it is said', () => {
      const lines = toldNow((lifecycle) => {
        group(
          {
            a: runner(({ ready }) => {
              ready();
              ready();
              return of(1, 2);
            }),
            b: EMPTY,
          },
          { needs: { b: ['a'] }, lifecycle },
        ).subscribe();
      });

      expect(lines.filter((line) => line.endsWith('ready'))).toStrictEqual(['a ready', 'b ready']);
    });

    it('should pass a value on before those of what it makes ready', () => {
      const [a, c] = [new Subject<string>(), new Subject<string>()];
      const log = outcomeOf(
        group(
          { a, b: NEVER.pipe(startWith('b')), c, d: NEVER.pipe(startWith('d')) },
          { needs: { b: ['a'], d: ['c'] } },
        ).pipe(
          tap((value) => {
            if (value === 'a') c.next('c');
          }),
        ),
      );

      // within the call for `a`, downstream of which this is seen, comes `c`
      a.next('a');
      expect(log).toStrictEqual(['c', 'a', 'b', 'd']);
    });

    it('should start what needs a member within the call in which that says it is ready', () => {
      const order: string[] = [];
      let ready: () => void = () => undefined;
      const subscription = group(
        {
          a: runner((context) => {
            ({ ready } = context);
            return NEVER;
          }),
          b: defer(() => {
            order.push('b');
            return NEVER;
          }),
        },
        { needs: { b: ['a'] } },
      ).subscribe();

      order.push('before');
      ready();
      order.push('after');
      ready();
      expect(order).toStrictEqual(['before', 'b', 'after']);
      subscription.unsubscribe();
    });

    it('should ignore a member that says it is ready when it has failed, or while it stops', () => {
      const teardown = new Subject<never>();
      const says: (() => void)[] = [];
      const lines = toldNow((lifecycle) => {
        const failing = runner(({ ready }) => {
          says.push(ready);
          return closing(
            throwError(() => new Error('sad')),
            teardown,
          );
        });
        const stopping = runner({
          run: ({ ready }) => {
            says.push(ready);
            return NEVER;
          },
          teardown: () => teardown,
        });
        group({ a: failing, b: EMPTY }, { needs: { b: ['a'] }, until: 'all', lifecycle }).subscribe({
          error: () => undefined,
        });
        group({ c: stopping, d: EMPTY }, { needs: { d: ['c'] }, lifecycle })
          .subscribe()
          .unsubscribe();
        for (const ready of says) ready();
        teardown.complete();
        for (const ready of says) ready();
      });

      expect(lines).toStrictEqual([
        'a starting',
        'c starting',
        'd refused',
        'c stopping',
        'b refused',
        'a failed',
        'c stopped',
      ]);
    });

    it('should be ready when what runs within says so, not what was switched off before', () => {
      const says: (() => void)[] = [];
      const enabled = new Subject<boolean>();
      const lines = toldNow((lifecycle) => {
        const member = runner(({ ready }) => {
          says.push(ready);
          return NEVER;
        }).pipe(runWhile(enabled));
        const subscription = group({ a: member, b: NEVER }, { needs: { b: ['a'] }, lifecycle }).subscribe();
        enabled.next(true);
        enabled.next(false);
        says[0]?.();
        lifecycle.next({ type: 'late', path: ['so far'], at: 0 });
        enabled.next(true);
        says[1]?.();
        subscription.unsubscribe();
      });

      expect(lines.slice(0, 4)).toStrictEqual(['a starting', 'so far late', 'a ready', 'b starting']);
    });
  });

  describe('a member that ends', () => {
    it.each(['first', ['migration', 'end'], 'error', 'all'] as const)(
      'should not stop the group where its dependents have not started, with until: %j',
      (until) => {
        const lines = told((_, lifecycle) =>
          group(
            { migration: timer(2), api: readyAfter(1), other: readyAfter(4), end: timer(5) },
            { needs: { api: ['migration', 'other'] }, until, lifecycle },
          ).pipe(stopWhen(timer(9))),
        );

        expect(lines).toContain('2 migration completed');
        expect(lines).toContain('4 api starting');
        expect(lines.filter((line) => line.endsWith('stopping')).map((line) => line.split(' ')[0])).toStrictEqual(
          until === 'error' || until === 'all' ? ['9', '9'] : ['5', '5'],
        );
      },
    );

    it('should stop the group when it ends after all its dependents have started', () => {
      const lines = told((_, lifecycle) =>
        group({ a: merge(timer(1), timer(4)), b: readyAfter(1, timer(2)) }, { needs: { b: ['a'] }, lifecycle }),
      );

      expect(lines.slice(-3)).toStrictEqual(['4 a completed', '4 b stopping', '6 b stopped']);
    });

    it('should stop the group when nobody needs it', () => {
      const lines = told((_, lifecycle) =>
        group({ a: EMPTY, b: timer(4), c: NEVER }, { needs: { b: ['a'], c: ['a'] }, lifecycle }),
      );

      expect(lines.slice(-3)).toStrictEqual(['4 b completed', '4 c stopping', '4 c stopped']);
    });

    it('should only prepare something though it ends within its start', () => {
      expect(
        toldNow((lifecycle) => {
          group({ b: of('b'), a: of('a') }, { needs: { b: ['a'] }, lifecycle }).subscribe();
        }),
      ).toStrictEqual(['a starting', 'a ready', 'a completed', 'b starting', 'b ready', 'b completed']);
    });

    it('should stop the group when its teardown fails, whatever it has prepared', () => {
      const sad = new Error('sad');
      const teardown = new Subject<never>();
      const [log, lines] = [[] as unknown[], recorder()];
      group({ a: closing(EMPTY, teardown), b: NEVER }, { needs: { b: ['a'] }, lifecycle: lines }).subscribe({
        error: (error: unknown) => log.push(error),
      });

      teardown.error(sad);
      expect(log).toStrictEqual([failedWith(['a', sad, 'teardown'])]);
    });
  });

  describe('a member that fails', () => {
    const sad = new Error('sad');
    const worse = new Error('worse');

    // of a start that fails: what comes later never starts, what came earlier is torn down in reverse, its failure comes first
    it.each(['first', 'error', ['d']] as const)('should be the first failure of a start, with until: %j', (until) => {
      run(({ cold, flush, expectObservable }) => {
        const lifecycle = recorder();
        const failing = cold('---#', {}, sad);
        const result = group(
          {
            a: readyAfter(1, cold('---#', {}, worse)),
            b: readyAfter(1, cold('--|')),
            c: failing,
            d: readyAfter(1),
            e: readyAfter(1),
          },
          { needs: { b: ['a'], c: ['b'], d: ['c'], e: ['d'] }, until, lifecycle },
        );

        expectObservable(result).toBe('----------#', {}, failedWith(['c', sad], ['a', worse, 'teardown']));
        flush();
        expect(lifecycle.lines).toStrictEqual([
          '0 a starting',
          '1 a ready',
          '1 b starting',
          '2 b ready',
          '2 c starting',
          '5 c failed',
          '5 d refused',
          '5 e refused',
          '5 b stopping',
          '7 b stopped',
          '7 a stopping',
          '10 a failed',
        ]);
      });
    });

    it('should refuse only what needs it, with until: all', () => {
      run(({ cold, flush, expectObservable }) => {
        const lifecycle = recorder();
        const result = group(
          { a: timer(6), b: cold('--#', {}, sad), c: readyAfter(1), d: EMPTY, other: timer(4) },
          { needs: { c: ['a', 'b'], d: ['c'], other: ['a'] }, until: 'all', lifecycle },
        );

        expectObservable(result).toBe('------0---(0#)', [0], failedWith(['b', sad]));
        flush();
        expect(lifecycle.lines).toStrictEqual([
          '0 a starting',
          '0 b starting',
          '2 c refused',
          '2 d refused',
          '2 b failed',
          '6 a ready',
          '6 other starting',
          '6 a completed',
          '10 other ready',
          '10 other completed',
        ]);
      });
    });

    it('should refuse what needs it though it was ready before, with until: all', () => {
      const lines = told(({ cold }, lifecycle) =>
        group(
          { a: cold('-a-#'), b: readyAfter(5), c: NEVER, end: timer(9) },
          { needs: { c: ['a', 'b'] }, until: 'all', lifecycle },
        ).pipe(stopWhen(timer(10))),
      );

      expect(lines.filter((line) => line.includes(' c '))).toStrictEqual(['3 c refused']);
    });

    it('should refuse what needs it and waits for a place, with until: all', () => {
      const lines = told(({ cold }, lifecycle) =>
        group(
          { a: cold('-a-#'), other: timer(5), c: timer(2), d: timer(1) },
          { needs: { c: ['a'] }, concurrency: 2, until: 'all', lifecycle },
        ),
      );

      expect(lines).toStrictEqual([
        '0 a starting',
        '0 other starting',
        '1 a ready',
        '3 c refused',
        '3 a failed',
        '3 d starting',
        '4 d ready',
        '4 d completed',
        '5 other ready',
        '5 other completed',
      ]);
    });

    it('should refuse what needs it when its teardown has failed, with until: all', () => {
      const lines = told(({ cold }, lifecycle) =>
        group(
          { a: closing(timer(1), cold('--#')), b: readyAfter(9), c: NEVER },
          { needs: { c: ['a', 'b'] }, until: 'all', lifecycle },
        ).pipe(stopWhen(timer(12))),
      );

      expect(lines.filter((line) => / [ac] /u.test(line))).toStrictEqual([
        '0 a starting',
        '1 a ready',
        '3 a failed',
        '3 c refused',
      ]);
    });

    it('should refuse what needs it and comes later in the record, when it fails within its start', () => {
      const error = new Error('at once');

      expect(
        toldNow((lifecycle) => {
          const members = { a: throwError(() => error), b: of('b'), c: of('c'), d: of('d') };
          const result = group(members, { needs: { c: ['b', 'a'], d: ['c'] }, until: 'all', lifecycle });
          expect(outcomeOf(result)).toStrictEqual(['b', failedWith(['a', error])]);
        }),
      ).toStrictEqual(['a starting', 'a failed', 'b starting', 'b ready', 'b completed', 'c refused', 'd refused']);
    });

    it('should stop those already started, in reverse, though others have not come to their turn', () => {
      const lines = toldNow((lifecycle) => {
        const members = { a: of('a').pipe(endless), b: NEVER, c: throwError(() => sad), d: NEVER, e: NEVER };
        const result = group(members, { needs: { b: ['a'], d: ['b'], e: ['a'] }, lifecycle });
        expect(outcomeOf(result)).toStrictEqual(['a', failedWith(['c', sad])]);
      });

      expect(lines).toStrictEqual([
        'a starting',
        'a ready',
        'b starting',
        'c starting',
        'c failed',
        'b stopping',
        'b stopped',
        'a stopping',
        'a stopped',
        'd refused',
        'e refused',
      ]);
    });

    it('should count what fails while it waits for its turn to be stopped', () => {
      run(({ cold, expectObservable }) => {
        const result = group(
          {
            a: readyAfter(1),
            b: cold('--b------#', undefined, worse),
            c: readyAfter(1, timer(9)),
            d: cold('-----#', undefined, sad),
          },
          { needs: { b: ['a'], c: ['b'] } },
        );

        expectObservable(result).toBe('---b----------#', undefined, failedWith(['d', sad], ['b', worse]));
      });
    });
  });

  describe('a stop during the start', () => {
    const says = new Subject<void>();
    const slow = runner({
      run: ({ ready }) => {
        says.subscribe(ready);
        return NEVER;
      },
      teardown: () => timer(3),
    });

    it('should refuse what has not started, and tear down the rest, from outside', () => {
      const lines = told((_, lifecycle) => {
        const result = group(
          { a: readyAfter(1, timer(2)), b: slow, c: readyAfter(1) },
          { needs: { b: ['a'], c: ['b'] }, lifecycle },
        );
        const subscription = result.subscribe();
        timer(4).subscribe(() => {
          subscription.unsubscribe();
        });
        return EMPTY;
      });

      expect(lines).toStrictEqual([
        '0 a starting',
        '1 a ready',
        '1 b starting',
        '4 c refused',
        '4 b stopping',
        '7 b stopped',
        '7 a stopping',
        '9 a stopped',
      ]);
    });

    // a start that then returns cleanly: it is never told to be ready, and that is no failure
    it('should never make ready what says so while it is stopping', () => {
      const lines = told(({ expectObservable }, lifecycle) => {
        const controller = new AbortController();
        timer(4).subscribe(() => {
          controller.abort();
        });
        timer(5).subscribe(() => {
          says.next();
        });
        const members = { a: readyAfter(1), b: slow, c: readyAfter(1) };
        const { signal } = controller;
        const result = group(members, { needs: { b: ['a'], c: ['b'] }, signal, lifecycle });
        expectObservable(result).toBe('-------|');
        return EMPTY;
      });

      expect(lines.filter((line) => / [bc] /u.test(line))).toStrictEqual([
        '1 b starting',
        '4 c refused',
        '4 b stopping',
        '7 b stopped',
      ]);
    });

    it('should start no member when its signal has aborted before', () => {
      const controller = new AbortController();
      controller.abort('not today');
      const events: LifecycleEvent[] = [];
      const result = group(
        { b: NEVER, a: NEVER },
        { needs: { b: ['a'] }, signal: controller.signal, lifecycle: { next: (event) => events.push(event) } },
      );

      expect(outcomeOf(result)).toStrictEqual(['complete']);
      expect(events.map(({ type, path, reason }) => [...path, type, reason?.cause])).toStrictEqual([
        ['b', 'refused', 'not today'],
        ['a', 'refused', 'not today'],
      ]);
      expect(getEventListeners(controller.signal, 'abort')).toStrictEqual([]);
    });

    it.each<[string, (controller: AbortController) => Observable<unknown>]>([
      ['by a member that starts', (controller) => defer(() => (controller.abort(), NEVER))],
      [
        'by a member that says it is ready',
        (controller) => runner(({ ready }) => (ready(), controller.abort(), NEVER)),
      ],
    ])('should leave nobody behind when its signal aborts %s, before all members have come', (_, member) => {
      const controller = new AbortController();
      const lines = toldNow((lifecycle) => {
        const members = { a: of('a').pipe(endless), b: member(controller), c: NEVER, d: NEVER };
        const { signal } = controller;
        const result = group(members, { needs: { b: ['a'], c: ['a'], d: ['c'] }, signal, lifecycle });
        expect(outcomeOf(result)).toStrictEqual(['a', 'complete']);
      });

      expect(lines.filter((line) => !line.startsWith('b '))).toStrictEqual([
        'a starting',
        'a ready',
        'a stopping',
        'a stopped',
        'c refused',
        'd refused',
      ]);
      expect(getEventListeners(controller.signal, 'abort')).toStrictEqual([]);
    });

    it('should leave nobody behind when downstream has had enough before all members have come', () => {
      const torndown: string[] = [];
      const a = new Observable<string>((subscriber) => {
        subscriber.next('a');
        return () => torndown.push('a');
      });
      const log = outcomeOf(group({ a, b: NEVER, c: NEVER }, { needs: { b: ['a'], c: ['b'] } }).pipe(take(1)));

      expect(log).toStrictEqual(['a', 'complete']);
      expect(torndown).toStrictEqual(['a']);
    });

    it('should stop listening to a synchronous member when unsubscribed', () => {
      const passed: number[] = [];
      const firehose = new Observable<number>((subscriber) => {
        for (let value = 0; !subscriber.closed && value < 10; value++) {
          passed.push(value);
          subscriber.next(value);
        }
      });
      outcomeOf(group({ a: firehose, b: EMPTY }, { needs: { b: ['a'] } }).pipe(take(3)));

      expect(passed).toStrictEqual([0, 1, 2]);
    });
  });

  describe('unsubscribed from outside', () => {
    const members = () => ({ a: readyAfter(1, timer(2)), b: readyAfter(1, timer(3)), c: readyAfter(1, timer(4)) });
    const needs = { b: ['a'], c: ['b'] } as const;

    it('should keep the order, and the scope should wait for the last', () => {
      const lifecycle = recorder();
      run(({ expectObservable }) => {
        const subscription = group(members(), { needs, lifecycle }).subscribe();

        expectObservable(timer(5).pipe(mergeMap(() => drain(subscription)))).toBe('--------------(0|)', [undefined]);
      });

      expect(lifecycle.lines.slice(-6)).toStrictEqual([
        '5 c stopping',
        '9 c stopped',
        '9 b stopping',
        '12 b stopped',
        '12 a stopping',
        '14 a stopped',
      ]);
    });

    it('should tell whoever waits of the runs that failed first, those of nested groups too', () => {
      const [sad, worse, worst] = [new Error('sad'), new Error('worse'), new Error('worst')];
      const [teardown, d] = [new Subject<never>(), new Subject<never>()];
      const errors: unknown[] = [];
      const nested = (error: Error) =>
        group({
          inner: closing<never>(
            throwError(() => error),
            teardown,
          ),
        });
      const members = { a: NEVER, b: NEVER, c: nested(sad), d };
      const subscription = group(members, { until: 'all' }).subscribe();

      teardown.error(worst);
      d.error(worse);
      drain(subscription).subscribe({ error: (error: unknown) => errors.push(error) });
      expect(errors).toStrictEqual([failedWith(['c/inner', sad], ['d', worse], ['c/inner', worst, 'teardown'])]);
    });

    it('should keep the order where nobody waits, and report what fails', () => {
      const sad = new Error('sad');
      const errors = unhandled();
      const lifecycle = recorder();
      run(() => {
        const failing = { ...members(), b: readyAfter(1, timer(3).pipe(mergeMap(() => throwError(() => sad)))) };
        const subscription = group(failing, { needs, lifecycle }).subscribe();
        timer(5).subscribe(() => {
          subscription.unsubscribe();
        });
      });

      expect(lifecycle.lines.slice(-4)).toStrictEqual(['9 b stopping', '12 b failed', '12 a stopping', '14 a stopped']);
      expect(errors).toStrictEqual([failedWith(['b', sad, 'teardown'])]);
    });

    it('should keep the order within an outer group, which waits for it with the others', () => {
      const lifecycle = recorder();
      run(({ expectObservable }) => {
        const inner = group(members(), { needs });
        expectObservable(group({ inner, other: readyAfter(1, timer(1)), end: timer(5) }, { lifecycle })).toBe(
          '-----0--------|',
          [0],
        );
      });

      expect(lifecycle.lines.slice(-10)).toStrictEqual([
        '5 inner stopping',
        '5 inner/c stopping',
        '5 other stopping',
        '6 other stopped',
        '9 inner/c stopped',
        '9 inner/b stopping',
        '12 inner/b stopped',
        '12 inner/a stopping',
        '14 inner/a stopped',
        '14 inner stopped',
      ]);
    });

    it('should keep the order where both are ordered', () => {
      const lines = told((_, lifecycle) =>
        group(
          { net: readyAfter(1, timer(1)), inner: group(members(), { needs }), end: timer(8) },
          { needs: { inner: ['net'] }, lifecycle },
        ),
      );

      expect(lines.filter((line) => / (starting|stopping)$/u.test(line))).toStrictEqual([
        '0 net starting',
        '0 end starting',
        '1 inner starting',
        '1 inner/a starting',
        '2 inner/b starting',
        '3 inner/c starting',
        '8 inner stopping',
        '8 inner/c stopping',
        '12 inner/b stopping',
        '15 inner/a stopping',
        '17 net stopping',
      ]);
    });

    it('should give all members the one reason', () => {
      const reasons: (StopError | undefined)[] = [];
      const lifecycle = {
        next: ({ type, reason }: LifecycleEvent) => {
          if (type === 'stopping') reasons.push(reason);
        },
      };
      run(() => {
        group({ ...members(), end: timer(6) }, { needs, lifecycle }).subscribe();
      });

      expect(reasons).toHaveLength(3);
      expect(new Set(reasons).size).toBe(1);
      expect(reasons[0]?.by).toStrictEqual(['end']);
    });
  });

  describe('grace', () => {
    const needs = { b: ['a'], c: ['b'] } as const;

    it('should unsubscribe those not yet told to stop when it is over, and name each that has not settled', () => {
      const lifecycle = recorder();
      run(({ expectObservable }) => {
        const members = { a: readyAfter(1), b: readyAfter(1, NEVER), c: readyAfter(1, NEVER), end: timer(5) };
        const error = failedWith(
          ['b', new GraceExceededError(['b'], 4), 'grace'],
          ['c', new GraceExceededError(['c'], 4), 'grace'],
        );
        expectObservable(group(members, { needs, grace: 4, lifecycle })).toBe('-----0---#', [0], error);
      });

      expect(lifecycle.lines.slice(-6)).toStrictEqual([
        '5 c stopping',
        '9 a stopping',
        '9 a stopped',
        '9 b stopping',
        '9 b forced',
        '9 c forced',
      ]);
    });

    it('should be one time for the whole stop, not one for each', () => {
      run(({ expectObservable }) => {
        const members = {
          a: readyAfter(1, timer(3)),
          b: readyAfter(1, timer(3)),
          c: readyAfter(1, timer(3)),
          end: timer(5),
        };
        const error = failedWith(['a', new GraceExceededError(['a'], 8), 'grace']);

        expectObservable(group(members, { needs, grace: 10 })).toBe('-----0--------|', [0]);
        expectObservable(group(members, { needs, grace: 8 })).toBe('-----0-------#', [0], error);
      });
    });

    it('should tell all to stop at once with 0, which is no error', () => {
      const lifecycle = recorder();
      run(({ expectObservable }) => {
        const members = { a: readyAfter(1, timer(1)), b: readyAfter(1, timer(9)), c: readyAfter(1), end: timer(5) };
        expectObservable(group(members, { needs, grace: 0, lifecycle })).toBe('-----(0|)', [0]);
      });

      expect(lifecycle.lines.filter((line) => / [abc] (stopping|stopped|forced|late)$/u.test(line))).toStrictEqual([
        '5 c stopping',
        '5 c stopped',
        '5 b stopping',
        '5 a stopping',
        '5 a forced',
        '5 b forced',
        '6 a late',
        '14 b late',
      ]);
    });

    it('should signal those that lag, and only them', () => {
      const aborted: string[] = [];
      const member = (name: string, teardown: Observable<unknown>) =>
        runner({
          run: ({ ready }) => {
            ready();
            return NEVER;
          },
          teardown: ({ signal }) => {
            signal.addEventListener('abort', () => aborted.push(name));
            return teardown;
          },
        });
      run(() => {
        const members = { a: member('a', NEVER), b: member('b', NEVER), c: member('c', timer(1)), end: timer(5) };
        group(members, { needs, grace: 4 }).subscribe({ error: () => undefined });
      });

      expect(aborted.sort()).toStrictEqual(['a', 'b']);
    });

    it('should force an ordered group within, when it is the time of the one around', () => {
      const lifecycle = recorder();
      run(({ expectObservable }) => {
        const inner = group({ a: readyAfter(1), b: readyAfter(1, timer(20)), c: readyAfter(1) }, { needs });
        const error = failedWith(['inner', new GraceExceededError(['inner'], 4), 'grace']);
        expectObservable(group({ inner, end: timer(5) }, { grace: 4, lifecycle })).toBe('-----0---#', [0], error);
      });

      expect(lifecycle.lines.filter((line) => / inner.* (stopping|stopped|forced|late)$/u.test(line))).toStrictEqual([
        '5 inner stopping',
        '5 inner/c stopping',
        '5 inner/c stopped',
        '5 inner/b stopping',
        '9 inner forced',
        '9 inner/a stopping',
        '9 inner/a stopped',
        '9 inner/b forced',
        '25 inner/b late',
        '25 inner late',
      ]);
    });
  });

  describe('concurrency', () => {
    it('should give no place to a member that waits for what it needs', () => {
      const lines = told((_, lifecycle) =>
        group(
          { c: timer(1), a: timer(3), b: timer(2) },
          { needs: { c: ['a'] }, concurrency: 2, until: 'all', lifecycle },
        ),
      );

      expect(lines.filter((line) => line.endsWith('starting'))).toStrictEqual([
        '0 a starting',
        '0 b starting',
        '3 c starting',
      ]);
    });

    it('should start what is ready to start when a place is free', () => {
      const lines = told((_, lifecycle) =>
        group(
          { a: timer(1), b: timer(4), c: timer(2), d: timer(1) },
          { needs: { c: ['a'], d: ['a'] }, concurrency: 2, until: 'all', lifecycle },
        ),
      );

      expect(lines.filter((line) => line.endsWith('starting'))).toStrictEqual([
        '0 a starting',
        '0 b starting',
        '1 c starting',
        '3 d starting',
      ]);
    });

    it('should refuse a chain of needs that is longer', () => {
      const members = { c: NEVER, b: NEVER, a: NEVER, other: NEVER };
      const needs = { b: ['a'], c: ['b', 'a'] } as const;

      expect(typeErrorOf(() => group(members, { needs, concurrency: 2 }))).toBe(
        "group: 'concurrency' must be at least as long as the longest chain of needs (c needs b needs a), got 2",
      );
      expect(typeErrorOf(() => group(members, { needs, concurrency: 3 }))).toBe('no TypeError');
      expect(typeErrorOf(() => group(members, { concurrency: 1 }))).toBe('no TypeError');
    });

    it('should take a chain that is as long', () => {
      expect(outcomeOf(group({ a: of(1), b: of(2) }, { needs: { b: ['a'] }, concurrency: 2 }))).toStrictEqual([
        1,
        2,
        'complete',
      ]);
    });
  });

  describe('bad needs', () => {
    const members = { a: NEVER, b: NEVER, c: NEVER, d: NEVER };
    const refusal = (needs: unknown) => typeErrorOf(() => untyped(members, { needs }));

    it.each([
      [{ a: ['a'] }, 'a needs a'],
      [{ a: ['b'], b: ['a'] }, 'a needs b needs a'],
      [{ a: ['d', 'b'], b: ['d', 'c'], c: ['a'] }, 'a needs b needs c needs a'],
      [{ d: ['a'], a: ['b'], b: ['c'], c: ['b'] }, 'b needs c needs b'],
    ])('should spell out a cycle: %j', (needs, cycle) => {
      expect(refusal(needs)).toBe(`group: 'needs' must be without a cycle, got '${cycle}'`);
    });

    it.each([
      [{ e: ['a'] }, "'needs' must be names of members (a, b, c, d), got 'e'"],
      [{ a: ['b', 'e'] }, "'needs.a' must be names of members (a, b, c, d), got 'e'"],
      [{ a: [1] }, "'needs.a' must be names of members (a, b, c, d), got 1"],
      [{ a: 'b' }, "'needs.a' must be a list of names of members (a, b, c, d), got 'b'"],
      [{ a: null }, "'needs.a' must be a list of names of members (a, b, c, d), got null"],
      [['a'], "'needs' must be a record of lists of names, got ['a']"],
      [null, "'needs' must be a record of lists of names, got null"],
      ['a', "'needs' must be a record of lists of names, got 'a'"],
      [{ constructor: ['a'] }, "'needs' must be names of members (a, b, c, d), got 'constructor'"],
      [{ a: ['constructor'] }, "'needs.a' must be names of members (a, b, c, d), got 'constructor'"],
    ])('should refuse %j', (needs, message) => {
      expect(refusal(needs)).toBe(`group: ${message}`);
    });

    it.each(['e', 'constructor', '__proto__'])('should refuse a name in until that no member has: %s', (name) => {
      expect(typeErrorOf(() => untyped(members, { until: ['a', name] }))).toBe(
        `group: 'until' must be names of members (a, b, c, d), got '${name}'`,
      );
    });

    it.each([
      ['needs', {}],
      ['needs', { a: ['b'] }],
      ['needs', null],
      ['startWithin', 100],
      ['tagged', true],
      ['tagged', false],
    ])('should refuse %s for a list: its members have no keys', (option, value) => {
      expect(typeErrorOf(() => untyped([NEVER], { [option]: value }))).toMatch(
        `group: '${option}' must be left out: the members of a list have no keys, got`,
      );
    });

    it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'source', ''])(
      'should take a member of any name: %j',
      (name) => {
        const record = Object.fromEntries([
          ['first', of('first')],
          [name, of('named')],
          ['last', of('last')],
        ]);
        const needs = Object.fromEntries([
          ['last', [name]],
          [name, ['first']],
        ]);

        expect(outcomeOf(untyped(record, { needs }))).toStrictEqual(['first', 'named', 'last', 'complete']);
        expect(outcomeOf(untyped(record, { needs: { last: [name] }, until: [name, 'last'] }))).toStrictEqual([
          'first',
          'named',
          'last',
          'complete',
        ]);
      },
    );
  });

  describe('within an observer of the lifecycle', () => {
    const types: LifecycleEventType[] = ['starting', 'ready', 'stopping', 'stopped', 'completed', 'failed', 'refused'];
    const cases = types.flatMap((type) => ['a', 'b', 'c', 'd'].map((name) => [name, type] as const));

    // whatever it interrupts: no dependent lives on when what it needs is told to stop, and nobody is left behind
    it.each(cases)('should keep the order when it unsubscribes at "%s %s"', (name, type) => {
      unhandled();
      jest.useFakeTimers();
      const alive = new Set<string>();
      const order: string[] = [];
      const member = (own: string, end: Observable<unknown>) =>
        new Observable<unknown>((subscriber) => {
          alive.add(own);
          subscriber.next(own);
          const ending = end.subscribe(subscriber);
          return () => {
            ending.unsubscribe();
            alive.delete(own);
            order.push(own);
          };
        });
      const [ends, fails] = [new Subject<never>(), new Subject<never>()];
      const lines = toldNow(
        (lifecycle) => {
          subscription = new Subscription();
          subscription.add(
            group(
              { a: member('a', NEVER), b: member('b', fails), c: member('c', ends), d: NEVER },
              { needs: { b: ['a'], c: ['b'], d: ['c'] }, until: 'all', lifecycle },
            ).subscribe({ error: () => undefined }),
          );
        },
        (event) => {
          if (event.path[0] === name && event.type === type) subscription.unsubscribe();
        },
      );
      ends.complete();
      fails.error(new Error('sad'));
      subscription.unsubscribe();
      jest.runAllTimers();

      expect([...alive]).toStrictEqual([]);
      expect(order.filter((each) => each !== 'c')).toStrictEqual(['b', 'a'].filter((each) => order.includes(each)));
      expect(
        lines
          .filter((line) => / (starting|refused)$/u.test(line))
          .map((line) => line[0])
          .sort(),
      ).toStrictEqual(['a', 'b', 'c', 'd']);
    });
    let subscription = new Subscription();

    it('should let it say that a member is ready', () => {
      let ready: () => void = () => undefined;
      const lines = toldNow(
        (lifecycle) => {
          const a = runner((context) => {
            ({ ready } = context);
            return NEVER;
          });
          group({ a, b: timer(0), c: EMPTY }, { needs: { c: ['a'] }, lifecycle }).subscribe();
        },
        ({ path, type }) => {
          if (path[0] === 'b' && type === 'starting') ready();
        },
      );

      expect(lines).toStrictEqual([
        'a starting',
        'b starting',
        'a ready',
        'c starting',
        'c ready',
        'c completed',
        'b stopping',
        'b stopped',
        'a stopping',
        'a stopped',
      ]);
    });

    it('should let it end a member', () => {
      const e1 = new Subject<string>();
      const lines = toldNow(
        (lifecycle) => {
          group({ a: e1, b: NEVER }, { needs: { b: ['a'] }, lifecycle }).subscribe();
          e1.next('a');
        },
        ({ path, type }) => {
          if (path[0] === 'a' && type === 'ready') e1.complete();
        },
      );

      expect(lines).toStrictEqual(['a starting', 'a ready', 'a completed', 'b starting']);
    });
  });

  describe('with 10,000 members', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);
    const shapes: Record<string, (list: readonly string[]) => [string, string[]][]> = {
      'a chain': (list) => list.slice(1).map((name, index) => [name, [list[index] ?? '']]),
      'a chain from the last to the first': (list) => list.slice(1).map((name, index) => [list[index] ?? '', [name]]),
      'a star around the first': (list) => list.slice(1).map((name) => [name, list.slice(0, 1)]),
      'a star around the last': (list) => list.slice(0, -1).map((name) => [name, list.slice(-1)]),
      'one that all others need, and one that needs all': (list) => [
        ...list.slice(1, -1).map((name): [string, string[]] => [name, list.slice(0, 1)]),
        [list.at(-1) ?? '', list.slice(1, -1)],
      ],
    };
    const teardowns: Record<string, () => Observable<unknown>> = {
      'at once': () => EMPTY,
      later: () => {
        const settled = new Subject<unknown>();
        later.push(settled);
        return settled;
      },
    };
    let later: Subject<unknown>[] = [];
    /** What starts all, stops all, and says how many were started and torn down. */
    const player = (
      count: number,
      shape: (list: readonly string[]) => [string, string[]][],
      teardown: () => Observable<unknown>,
    ) => {
      const list = names(count);
      const counts = { started: 0, stopped: 0, completed: 0 };
      const member = runner({
        run: ({ ready }) => {
          counts.started++;
          ready();
          return NEVER;
        },
        teardown: () => teardown().pipe(finalize(() => counts.stopped++)),
      });
      const members = Object.fromEntries(list.map((name) => [name, member]));
      const needs = Object.fromEntries(shape(list));
      return () => {
        const stop = new AbortController();
        later = [];
        untyped(members, { needs, signal: stop.signal }).subscribe({ complete: () => counts.completed++ });
        stop.abort();
        for (const settled of later) settled.complete();
        return counts;
      };
    };
    const cases = Object.entries(shapes).flatMap(([shape, needs]) =>
      Object.entries(teardowns).map(([when, teardown]) => [shape, when, needs, teardown] as const),
    );

    it.each(cases)('should start and stop %s, torn down %s, in proportion', (_, __, needs, teardown) => {
      const steps = [1_000, 10_000].map((count) => {
        const play = player(count, needs, teardown);
        return countSteps(() => {
          expect(play()).toStrictEqual({ started: count, stopped: count, completed: 1 });
        });
      });

      const [few = 0, many = 0] = steps;
      expect(few).toBeGreaterThan(1_000);
      expect(many / few).toBeGreaterThan(9);
      expect(many / few).toBeLessThan(11);
    });

    it('should stop a chain that has not been started to its end', () => {
      const list = names(10_000);
      const counts = { refused: 0, stopped: 0 };
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          if (type === 'refused' || type === 'stopped') counts[type]++;
        },
      };
      const members = list.map((name, index): [string, Member] => [name, index < 5_000 ? endless(of(name)) : NEVER]);
      untyped(recordOf(members), { needs: Object.fromEntries(shapes['a chain']?.(list) ?? []), lifecycle })
        .subscribe()
        .unsubscribe();

      expect(counts).toStrictEqual({ stopped: 5_001, refused: 4_999 });
    });

    it('should refuse all that need one that fails, however long the chain', () => {
      const list = names(10_000);
      const sad = new Error('sad');
      const members = list.map((name, index): [string, Member] => [name, index === 0 ? throwError(() => sad) : NEVER]);
      const result = (until: string) =>
        untyped(recordOf(members), { needs: Object.fromEntries(shapes['a chain']?.(list) ?? []), until });

      expect(outcomeOf(result('all'))).toStrictEqual([failedWith(['m0', sad])]);
      expect(outcomeOf(result('first'))).toStrictEqual([failedWith(['m0', sad])]);
    });

    it('should spell out a cycle, however long', () => {
      const list = names(10_000);
      const needs = Object.fromEntries([...(shapes['a chain']?.(list) ?? []), ['m0', ['m9999']]]);
      const message = typeErrorOf(() => untyped(Object.fromEntries(list.map((name) => [name, NEVER])), { needs }));

      expect(message).toMatch(/^group: 'needs' must be without a cycle, got 'm0 needs m9999 needs m9998 needs /u);
      expect(message).toMatch(/ needs m1 needs m0'$/u);
    });
  });
});

describe('group with startWithin', () => {
  it('should fail a member that is not ready in time, and tear it down', () => {
    run(({ cold, flush, expectObservable, expectSubscriptions }) => {
      const slow = cold('   --------r');
      const slowsubs = '  --^---!     ';
      const t = cold('          --|   ');
      const tsubs = '     ------^-!   ';
      const expected = '  --r------#  ';
      const lifecycle = recorder();
      const result = group(
        { a: stoppable(cold('--r'), timer(1)), b: stoppable(slow, t), c: NEVER },
        { needs: { b: ['a'], c: ['b'] }, startWithin: 4, lifecycle },
      );

      expectObservable(result).toBe(expected, undefined, failedWith(['b', new StartTimeoutError(['b'], 4)]));
      expectSubscriptions(slow.subscriptions).toBe(slowsubs);
      expectSubscriptions(t.subscriptions).toBe(tsubs);
      flush();
      // the roll-back: those that have started are stopped in reverse
      expect(lifecycle.lines).toStrictEqual([
        '0 a starting',
        '2 a ready',
        '2 b starting',
        '6 c refused',
        '8 b failed',
        '8 a stopping',
        '9 a stopped',
      ]);
    });
  });

  it('should count from the start of each member, not of the group', () => {
    run(({ expectObservable }) => {
      const members = { a: readyAfter(3), b: readyAfter(3), c: readyAfter(3), end: timer(1, 20).pipe(take(2)) };

      expectObservable(group(members, { needs: { b: ['a'], c: ['b'] }, startWithin: 4 })).toBe(
        '-a-------------------(b|)',
        { a: 0, b: 1 },
      );
    });
  });

  it('should not count the time in which a member waits for its place', () => {
    run(({ expectObservable }) => {
      const members = { a: timer(0, 10).pipe(take(2)), b: timer(2), c: timer(3) };

      expectObservable(group(members, { concurrency: 1, startWithin: 4, until: 'all' })).toBe('a---------b-c--(d|)', {
        a: 0,
        b: 1,
        c: 0,
        d: 0,
      });
    });
  });

  it.each<[string, (helpers: RunHelpers) => Observable<unknown>]>([
    ['never says so', () => NEVER],
    ['says so in the frame in which it is over', () => readyAfter(4)],
    ['is a group with one that does not', () => group({ x: readyAfter(1), y: NEVER })],
    [
      'fails and is restarted all the time',
      () =>
        timer(1).pipe(
          mergeMap(() => throwError(() => new Error('sad'))),
          restart(),
        ),
    ],
    ['is switched off', () => EMPTY.pipe(runWhile(NEVER))],
  ])('should fail a member that %s', (_, member) => {
    run((helpers) => {
      helpers
        .expectObservable(group({ a: member(helpers) }, { startWithin: 4 }))
        .toBe('----#', undefined, failedWith(['a', new StartTimeoutError(['a'], 4)]));
    });
  });

  it.each<[string, (helpers: RunHelpers) => Observable<unknown>]>([
    ['says so', () => readyAfter(3)],
    ['emits', ({ cold }) => cold('---a')],
    ['completes', ({ cold }) => closing(cold('---|'), timer(9))],
    ['is a group of members that do', () => group({ x: readyAfter(1), y: readyAfter(3) })],
    ['has a need of its own inside', () => group({ x: readyAfter(1), y: readyAfter(2) }, { needs: { y: ['x'] } })],
    [
      'is restarted until it does',
      ({ cold }) => {
        let attempt = 0;
        return defer(() => (attempt++ < 2 ? cold('-#') : readyAfter(1))).pipe(restart());
      },
    ],
  ])('should let go on a member that %s in time', (_, member) => {
    const lines = told((helpers, lifecycle) =>
      group({ a: member(helpers) }, { startWithin: 4, until: 'all', lifecycle }).pipe(stopWhen(timer(20))),
    );

    expect(lines).toContain('3 a ready');
    expect(lines.filter((line) => line.endsWith('a failed'))).toStrictEqual([]);
  });

  it('should tell of its error, and stop the others because of it', () => {
    const events: LifecycleEvent[] = [];
    run(() => {
      group(
        { a: NEVER, b: readyAfter(1) },
        { startWithin: 4, lifecycle: { next: (event) => events.push(event) } },
      ).subscribe({ error: () => undefined });
    });

    const error = new StartTimeoutError(['a'], 4);
    expect(events.find(({ type }) => type === 'failed')).toMatchObject({ path: ['a'], at: 4, error });
    expect(events.find(({ type }) => type === 'stopping')?.reason).toMatchObject({ by: ['a'], cause: error });
    expect(error).toMatchObject({
      name: 'StartTimeoutError',
      message: 'a was not ready within 4 ms: it neither called ready() nor emitted',
      startWithin: 4,
    });
  });

  it('should refuse what needs the member, and leave the others alone, with until: all', () => {
    const lines = told((_, lifecycle) =>
      group(
        { a: NEVER, b: EMPTY, c: EMPTY, other: timer(2, 5).pipe(take(2)) },
        { needs: { b: ['a'], c: ['b'] }, startWithin: 4, until: 'all', lifecycle },
      ),
    );

    expect(lines).toStrictEqual([
      '0 a starting',
      '0 other starting',
      '2 other ready',
      '4 b refused',
      '4 c refused',
      '4 a failed',
      '7 other completed',
    ]);
  });

  it('should not fail a member that is being stopped, however long that takes', () => {
    run(({ expectObservable }) => {
      const members = { a: stoppable(NEVER, timer(9)), end: timer(2) };

      expectObservable(group(members, { startWithin: 4 })).toBe('--0--------|', [0]);
    });
  });

  it('should not fail a member that has failed, however long its teardown takes', () => {
    const sad = new Error('sad');
    run(({ cold, expectObservable }) => {
      const members = { a: closing(cold('--#', undefined, sad), timer(9)) };

      expectObservable(group(members, { startWithin: 4 })).toBe('-----------#', undefined, failedWith(['a', sad]));
    });
  });

  it('should have a timer for each member that starts, and none when it is ready, has ended, or is told to stop', () => {
    jest.useFakeTimers();
    const [ready, ended, stopped] = [new Subject<string>(), new Subject<string>(), new Subject<string>()];
    const grace = new Subject<void>();
    const errors: unknown[] = [];
    const failing = new Subject<string>();
    const never = (source: Observable<string>) => closing(source, NEVER);
    const subscription = group(
      { ready, ended: never(ended), failing: never(failing), stopped: never(stopped), waits: NEVER },
      { needs: { waits: ['stopped'] }, startWithin: 100, until: 'all', grace },
    ).subscribe({ error: (error: unknown) => errors.push(error) });
    const counts = [jest.getTimerCount()];

    ready.next('a');
    counts.push(jest.getTimerCount());
    ended.complete();
    counts.push(jest.getTimerCount());
    failing.error(new Error('sad'));
    counts.push(jest.getTimerCount());
    // its teardown never settles: a timer that is left would hold the process
    unhandled();
    subscription.unsubscribe();
    counts.push(jest.getTimerCount());
    expect(counts).toStrictEqual([4, 3, 2, 1, 0]);
  });

  it('should have no timer where there is no limit', () => {
    jest.useFakeTimers();
    const subscriptions = [Infinity, 2 ** 31].map((startWithin) => group({ a: NEVER }, { startWithin }).subscribe());

    expect(jest.getTimerCount()).toBe(0);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('should want with 0 that a member is ready in its start', () => {
    run(({ cold, expectObservable }) => {
      const options = { startWithin: 0 };

      expectObservable(group({ a: endless(of('a')) }, options), '-----!').toBe('a');
      expectObservable(group({ a: cold('-a') }, options)).toBe(
        '#',
        undefined,
        failedWith(['a', new StartTimeoutError(['a'], 0)]),
      );
    });
  });

  it.each([-1, NaN, '1', null])('should refuse %p', (startWithin) => {
    const shown = typeof startWithin === 'string' ? `'${startWithin}'` : String(startWithin);

    expect(typeErrorOf(() => untyped({ a: NEVER }, { startWithin }))).toBe(
      `group: 'startWithin' must be 0 or more, got ${shown}`,
    );
  });
});

describe('group with tagged', () => {
  it('should say of each value which member it is of', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('  -a--b-|');
      const e1subs = '   ^-----!';
      const e2 = cold('  --c-----');
      const e2subs = '   ^-----!';
      const expected = ' -ac-b-|';
      const values = {
        a: { member: 'e1', value: 'a' },
        b: { member: 'e1', value: 'b' },
        c: { member: 'e2', value: 'c' },
      };

      expectObservable(group({ e1, e2 }, { tagged: true })).toBe(expected, values);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    });
  });

  it.each<[string, Member, unknown[]]>([
    ['a run function', () => of(1, 2), [1, 2]],
    ['a run function that returns a list', () => [1, undefined], [1, undefined]],
    ['a runner', runner(() => of(1)), [1]],
    ['a nested group', group({ x: of(1) }, { tagged: true }), [{ member: 'x', value: 1 }]],
  ])('should tag the values of %s', (_, member, values) => {
    expect(outcomeOf(group({ first: member, second: member }, { tagged: true, until: 'all' }))).toStrictEqual([
      ...values.map((value) => ({ member: 'first', value })),
      ...values.map((value) => ({ member: 'second', value })),
      'complete',
    ]);
  });

  it('should tag a function of its promise', async () => {
    const work = async () => Promise.resolve('done');

    expect(await lastValueFrom(group({ work }, { tagged: true }).pipe(toArray()), { defaultValue: [] })).toStrictEqual([
      { member: 'work', value: 'done' },
    ]);
  });

  it('should order, name and count as without', () => {
    const sad = new Error('sad');
    run(({ cold, expectObservable }) => {
      const members = { b: cold('-b-#', undefined, sad), a: cold('-a') };
      const error = failedWith(['b', sad]);

      expectObservable(group(members, { needs: { b: ['a'] }, tagged: true })).toBe(
        '-ab-#',
        { a: { member: 'a', value: 'a' }, b: { member: 'b', value: 'b' } },
        error,
      );
    });
  });

  it('should emit the bare values with false', () => {
    expect(outcomeOf(group({ a: of(1) }, { tagged: false }))).toStrictEqual([1, 'complete']);
  });
});

/** Goes on when the source has completed. */
function endless<T>(source: Observable<T>): Observable<T> {
  return merge(source, NEVER);
}
