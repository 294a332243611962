import { execFile } from 'node:child_process';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  config,
  defer,
  EMPTY,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  startWith,
  Subject,
  take,
  tap,
  throwError,
  timer,
  type ObservableInput,
} from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import {
  awaitTeardown,
  group,
  named,
  restart,
  RunGroupError,
  runGroup,
  runner,
  runWhile,
  start,
  StartTimeoutError,
  StopError,
  withResource,
  switchRun,
  type LifecycleEvent,
  type MemberState,
  type Run,
  type RunReport,
} from '../src/index.js';
import { countSteps } from './helpers/countSteps.js';
import { expectLeftRunning } from './helpers/leftRunning.js';
import { run } from './helpers/marbles.js';
import { unhandled } from './helpers/unhandled.js';

/** A runner that says after `time` that it is ready, and goes on. */
function readyAfter(time: number, teardown: ObservableInput<unknown> = EMPTY): Observable<never> {
  return runner({
    run: ({ ready }) => merge(NEVER, timer(time).pipe(tap(ready), ignoreElements())),
    teardown: () => teardown,
  });
}

/** An Observable whose teardown is awaited, whether it was stopped or ended by itself. */
function closing<T>(work: Observable<T>, teardown: ObservableInput<unknown>): Observable<T> {
  return new Observable((subscriber) => {
    work.subscribe(subscriber);
    return () => awaitTeardown(teardown);
  });
}

/** Emits, and goes on. */
function emitting<T>(value: T): Observable<T> {
  return NEVER.pipe(startWith(value));
}

/** Starts, and is told of the errors, which are no unhandled rejections then. */
function quietly(source: ObservableInput<unknown>): Run {
  return start(source, { error: () => undefined });
}

const letters: Record<MemberState, string> = {
  waiting: 'w',
  starting: 's',
  ready: 'r',
  stopping: 'x',
  completed: 'c',
  stopped: '|',
  failed: '#',
  forced: '!',
  notStarted: 'o',
};

/** The state of the run and of each member, a letter for the end of each frame. */
function lanes(frames: number, play: (helpers: RunHelpers) => Run): Record<string, string> {
  const columns: Record<string, string>[] = [];
  run((helpers) => {
    const { report } = play(helpers);
    for (let frame = 0; frame < frames; frame++)
      timer(frame + 0.5).subscribe(() => {
        const { state, members } = report();
        const states = Object.entries(members).map(([key, member]) => [key, letters[member.state]] as const);
        columns.push({ run: letters[state], ...Object.fromEntries(states) });
      });
  });
  const names = new Set(columns.flatMap((column) => Object.keys(column)));
  return Object.fromEntries([...names].map((name) => [name, columns.map((column) => column[name] ?? ' ').join('')]));
}

/** The report of a run at a time. */
function reportAt(time: number, play: (helpers: RunHelpers) => Run): RunReport {
  let found: RunReport | undefined;
  run((helpers) => {
    const { report } = play(helpers);
    timer(time + 0.5).subscribe(() => (found = report()));
  });
  if (!found) throw new Error('no report');
  return found;
}

/** Stops a run at a time. */
function stopAt(time: number, each: Run, reason?: unknown): Run {
  timer(time).subscribe(() => {
    each.stop(reason).catch(() => undefined);
  });
  return each;
}

/** Everything in a value that is not frozen. */
function unfrozen(value: unknown, path = 'report'): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Error) return [];
  const within = Object.entries(value).flatMap(([key, each]) => unfrozen(each, `${path}.${key}`));
  return Object.isFrozen(value) ? within : [path, ...within];
}

/** What became of a promise so far. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  const pending = {};
  return Promise.race([promise, Promise.resolve(pending)]).then(
    (value) => (value === pending ? 'pending' : 'resolved'),
    (error: unknown) => error,
  );
}

afterEach(() => {
  config.onUnhandledError = null;
  jest.useRealTimers();
});

/** A failure of a runner, to compare with. */
const sad = new Error('sad');
const worse = new Error('worse');

describe('start', () => {
  describe('the states of its report', () => {
    it('should be those of the whole life of each member', () => {
      expect(
        lanes(16, () =>
          stopAt(
            8,
            start(
              group(
                { api: readyAfter(2, timer(3)), db: readyAfter(3, timer(2)), job: timer(4) },
                { needs: { api: ['db'] }, until: ['api'] },
              ),
            ),
          ),
        ),
      ).toStrictEqual({
        run: 'sssssrrrxxxxx|||',
        api: 'wwwssrrrxxx|||||',
        db: ' sssrrrrrrrrxx|||'.slice(1),
        job: 'sssscccccccccccc',
      });
    });

    it('should tell of a member that fails, of those that are stopped for it, and of those never started', () => {
      expect(
        lanes(8, ({ cold }) =>
          quietly(
            group(
              { a: readyAfter(1, timer(2)), b: closing(cold('--#'), timer(1)), c: readyAfter(1), d: EMPTY },
              { needs: { b: ['a'], c: ['b'], d: ['c'] } },
            ),
          ),
        ),
      ).toStrictEqual({
        run: 'ssssss##',
        a: ' srrrxx||'.slice(1),
        b: 'wsss####',
        c: 'wwwooooo',
        d: 'wwwooooo',
      });
    });

    it('should tell of those that are left behind when the grace period is over, also when they settle late', () => {
      expect(
        lanes(10, () =>
          quietly(group({ a: readyAfter(1, timer(6)), b: readyAfter(1, timer(1)), end: timer(2) }, { grace: 3 })),
        ),
      ).toStrictEqual({
        run: 'ssrrr#####',
        a: 'srxxx!!!!!',
        b: 'srx|||||||',
        end: 'sscccccccc',
      });
    });

    it('should tell of those that wait for their turn', () => {
      expect(
        lanes(6, () => start(of(timer(2), timer(2), timer(1)).pipe(runGroup({ concurrency: 1, until: 'all' })))),
      ).toStrictEqual({
        run: 'sssssc',
        0: 'sscccc',
        1: 'wwsscc',
        2: 'wwwwsc',
      });
    });

    it('should be those of nested groups too, under their paths', () => {
      expect(
        lanes(7, () =>
          stopAt(
            3,
            start(
              group({
                web: group({ api: readyAfter(2, timer(2)), socket: group([readyAfter(1, timer(1))]) }),
                log: readyAfter(0),
              }),
            ),
          ),
        ),
      ).toStrictEqual({
        run: 'ssrxx||',
        web: 'ssrxx||',
        'web/api': 'ssrxx||',
        'web/socket': 'srrx|||',
        'web/socket/0': 'srrx|||',
        log: 'rrr||||',
      });
    });

    it('should be that of the run alone where there is no group', () => {
      expect(lanes(5, () => stopAt(3, start(readyAfter(1, timer(1)))))).toStrictEqual({ run: 'srrx|' });
      expect(lanes(3, () => start(timer(1)))).toStrictEqual({ run: 'scc' });
      expect(lanes(3, ({ cold }) => quietly(cold('-#')))).toStrictEqual({ run: 's##' });
      expect(lanes(3, ({ cold }) => quietly(closing(cold('-|'), timer(1))))).toStrictEqual({ run: 'ssc' });
    });

    it('should never be ready when the stop came before, though what it started says so then', () => {
      const says = new Subject<void>();
      const slow = runner({
        run: ({ ready }) => {
          says.subscribe(ready);
          return NEVER;
        },
        teardown: () => timer(3),
      });

      expect(
        lanes(7, () => {
          timer(3).subscribe(() => {
            says.next();
          });
          return stopAt(2, start(group({ a: slow, b: emitting('b') }, { needs: { b: ['a'] } })));
        }),
      ).toStrictEqual({ run: 'ssxxx||', a: 'ssxxx||', b: 'wwooooo' });
    });

    it('should go on over restarts', () => {
      let attempt = 0;
      const failing = defer(() => (attempt++ < 2 ? timer(1).pipe(mergeMap(() => throwError(() => sad))) : emitting(1)));

      expect(
        lanes(7, () => stopAt(6, start(group({ a: failing.pipe(restart({ delay: 1 })), b: readyAfter(1) })))),
      ).toStrictEqual({ run: 'ssssrr|', a: 'ssssrr|', b: 'srrrrr|' });
    });

    it('should be those of the last run of a group that is restarted', () => {
      let attempt = 0;
      const work = defer(() => (attempt++ === 0 ? timer(2).pipe(mergeMap(() => throwError(() => sad))) : NEVER));
      const inner = group({ a: readyAfter(1, timer(1)), b: work }).pipe(restart({ delay: 1 }));

      expect(lanes(8, () => stopAt(6, start(group({ inner }))))).toStrictEqual({
        run: 'ssssssx|',
        inner: 'ssssssx|',
        'inner/a': 'srx|srx|',
        'inner/b': 'ss##ss||',
      });
    });

    it('should be those of what a member is switched to', () => {
      const ports = (): Observable<number> => merge(of(1), timer(3).pipe(map(() => 2)), NEVER);
      const member = ports().pipe(switchRun((port) => group({ [`port ${port}`]: readyAfter(1, timer(2)) })));

      expect(lanes(9, () => stopAt(8, start(group({ member }))))).toStrictEqual({
        run: 'srrrrrrrx',
        member: 'srrrrrrrx',
        'member/port 1': 'srrxx||||',
        'member/port 2': '     srrx',
      });
    });

    it('should be those of what a member is switched off and on', () => {
      const condition = merge(of(true), timer(2).pipe(map(() => false)), timer(5).pipe(map(() => true)), NEVER);

      expect(
        lanes(8, () => start(group({ a: group({ b: readyAfter(1, timer(1)) }).pipe(runWhile(condition)) }))),
      ).toStrictEqual({ run: 'srrrrrrr', a: 'srrrrrrr', 'a/b': 'srx||srr' });
    });
  });

  describe('its report', () => {
    const whole = (): Run =>
      stopAt(
        5,
        start(
          group(
            { db: readyAfter(2, timer(3)), api: closing(timer(1, 1), timer(2)), web: emitting('web') },
            { needs: { api: ['db'], web: ['api'] } },
          ),
        ),
      );

    it('should have the times of each step, as the scheduler tells them', () => {
      expect(reportAt(20, whole)).toStrictEqual({
        path: [],
        state: 'stopped',
        startedAt: 0,
        readyAt: 3,
        stoppingAt: 5,
        endedAt: 10,
        members: {
          db: { path: ['db'], state: 'stopped', startedAt: 0, readyAt: 2, stoppingAt: 7, endedAt: 10 },
          api: { path: ['api'], state: 'stopped', startedAt: 2, readyAt: 3, stoppingAt: 5, endedAt: 7 },
          web: { path: ['web'], state: 'stopped', startedAt: 3, readyAt: 3, stoppingAt: 5, endedAt: 5 },
        },
        stopping: [],
      });
    });

    it('should have the members in the order in which they came', () => {
      const names = ['z', 'a', 'm'];
      const { members } = start(of(...names.map((name) => NEVER.pipe(named(name)))).pipe(runGroup())).report();

      expect(Object.keys(members)).toStrictEqual(names);
    });

    it('should say which members are stopping right now', () => {
      const stopping = [4, 5, 6, 7, 9, 10].map((time) => reportAt(time, whole).stopping);

      expect(stopping).toStrictEqual([[], ['api'], ['api'], ['db'], ['db'], []]);
    });

    it('should say which members of nested groups are stopping', () => {
      const { stopping } = reportAt(3, () =>
        stopAt(2, start(group({ a: group({ b: readyAfter(1, timer(3)), c: NEVER }), d: readyAfter(1, timer(1)) }))),
      );

      expect(stopping).toStrictEqual(['a', 'a/b']);
    });

    it.each<[string, () => Observable<unknown>, object]>([
      ['its run', () => throwError(() => sad), { error: sad }],
      [
        'its teardown',
        () => closing(emitting(1), timer(1).pipe(mergeMap(() => throwError(() => worse)))),
        { teardownError: worse },
      ],
      [
        'a finalizer',
        () =>
          new Observable(() => () => {
            throw worse;
          }),
        { teardownError: worse },
      ],
      [
        'both',
        () =>
          closing(
            throwError(() => sad),
            throwError(() => worse),
          ),
        { error: sad, teardownError: worse },
      ],
      [
        'its teardown in mid-run, and then its run',
        () =>
          merge(
            of(1).pipe(take(1), (source) =>
              closing(
                source,
                throwError(() => worse),
              ),
            ),
            throwError(() => sad),
          ),
        { error: sad, teardownError: worse },
      ],
    ])('should have what a member failed with in %s', (_, member, errors) => {
      const { members } = reportAt(9, () => stopAt(1, quietly(group({ a: member(), b: NEVER }, { until: 'all' }))));
      const { error, teardownError } = { error: undefined, teardownError: undefined, ...members.a };

      expect(members.a).toMatchObject({ state: 'failed', ...errors });
      expect({ error, teardownError }).toStrictEqual({ error: undefined, teardownError: undefined, ...errors });
    });

    it('should have the error of a nested group as what that failed with', () => {
      const { members } = quietly(group({ inner: group({ a: throwError(() => sad), b: NEVER }) })).report();

      expect(members['inner/a']).toMatchObject({ state: 'failed', error: sad });
      expect(members.inner).toMatchObject({
        state: 'failed',
        error: new RunGroupError([{ path: ['a'], phase: 'run', error: sad }]),
      });
    });

    it('should have why a member was late, where it was not ready in time', () => {
      const { members } = reportAt(9, () => quietly(group({ a: NEVER }, { startWithin: 4 })));

      expect(members.a).toStrictEqual({
        path: ['a'],
        state: 'failed',
        error: new StartTimeoutError(['a'], 4),
        startedAt: 0,
        endedAt: 4,
      });
    });

    it.each<[string, () => Run, object]>([
      ['a run', () => quietly(throwError(() => sad)), { state: 'failed', error: sad, endedAt: 0 }],
      [
        'the teardown of a run that was stopped',
        () =>
          stopAt(
            2,
            start(
              closing(
                NEVER,
                throwError(() => worse),
              ),
            ),
          ),
        { state: 'failed', teardownError: worse, stoppingAt: 2, endedAt: 2 },
      ],
      [
        'the teardown of a run that had completed',
        () => quietly(closing(timer(2), timer(1).pipe(mergeMap(() => throwError(() => worse))))),
        { state: 'failed', readyAt: 2, teardownError: worse, endedAt: 3 },
      ],
      [
        'a group',
        () => quietly(group({ a: throwError(() => sad) })),
        { state: 'failed', error: new RunGroupError([{ path: ['a'], phase: 'run', error: sad }]), endedAt: 0 },
      ],
      [
        'a member of a group that was stopped',
        () =>
          stopAt(
            2,
            start(
              group({
                a: closing(
                  NEVER,
                  throwError(() => worse),
                ),
              }),
            ),
          ),
        {
          state: 'failed',
          error: new RunGroupError([{ path: ['a'], phase: 'teardown', error: worse }]),
          stoppingAt: 2,
          endedAt: 2,
        },
      ],
    ])('should have what the whole failed with: %s', (_, play, expected) => {
      const { members, stopping, ...report } = reportAt(9, play);

      expect(report).toStrictEqual({ path: [], startedAt: 0, ...expected });
      expect(Object.keys(members).length + stopping.length).toBeLessThan(2);
    });

    it('should have when a member settled that had been left behind, and with what', () => {
      const late = timer(6).pipe(mergeMap(() => throwError(() => worse)));
      const play = (): Run => quietly(group({ a: readyAfter(0, late), end: timer(2) }, { grace: 1 }));
      const times = { startedAt: 0, readyAt: 0, stoppingAt: 2 };

      expect(reportAt(3, play).members.a).toStrictEqual({ path: ['a'], state: 'forced', ...times, endedAt: 3 });
      expect(reportAt(8, play).members.a).toStrictEqual({
        path: ['a'],
        state: 'forced',
        ...times,
        endedAt: 8,
        teardownError: worse,
      });
    });

    it('should be plain data, frozen in all its depth', () => {
      for (const time of [0, 4, 6, 20]) {
        const report = reportAt(time, whole);

        expect(unfrozen(report)).toStrictEqual([]);
        expect(structuredClone(report)).toStrictEqual(report);
        expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
      }
    });

    it('should be plain data with errors in it', () => {
      const report = reportAt(9, () => quietly(group({ a: throwError(() => sad), b: NEVER })));

      expect(unfrozen(report)).toStrictEqual([]);
      expect(structuredClone(report).members.a?.error).toMatchObject({ message: 'sad' });
      expect(JSON.parse(JSON.stringify(report))).toMatchObject({
        state: 'failed',
        members: { a: { state: 'failed' } },
      });
    });

    it('should not change later', () => {
      const subject = new Subject<number>();
      const { report, stop } = start(group({ a: subject }));
      const before = report();
      const copy = structuredClone(before);

      subject.next(1);
      void stop();
      expect(before).toStrictEqual(copy);
      expect(report()).not.toStrictEqual(copy);
    });

    it('should be anew for each run', () => {
      const source = group({ a: NEVER });
      const [first, second] = [start(source), start(source)];

      void first.stop();
      expect(first.report().members.a?.state).toBe('stopped');
      expect(second.report().members.a?.state).toBe('starting');
    });

    it('should be up to date within an observer of the lifecycle, and of the values', () => {
      const states: unknown[] = [];
      const subject = new Subject<number>();
      const started: Run[] = [];
      const look = (): unknown => states.push(started[0]?.report().members.a?.state);
      started.push(start(group({ a: subject }), look, { lifecycle: { next: look } }));

      subject.next(1);
      subject.complete();
      expect(states).toStrictEqual([undefined, 'ready', 'ready', 'completed']);
    });

    it('should take members of any name', () => {
      const names = ['__proto__', 'constructor', 'source', '', 'a/b', '1'];
      const record = Object.fromEntries(names.map((name) => [name, NEVER]));
      const { members } = start(group(record)).report();

      expect(Object.keys(members).sort()).toStrictEqual([...names].sort());
      expect(Object.values(members).map(({ state }) => state)).toStrictEqual(names.map(() => 'starting'));
    });

    it('should have nothing of a run that is started within', () => {
      const within = runner(() => {
        void start(group({ stranger: NEVER }));
        return NEVER;
      });

      expect(Object.keys(start(group({ a: within })).report().members)).toStrictEqual(['a']);
      expectLeftRunning(1);
    });

    it.each(['next', 'complete', 'error'])(
      'should have nothing of what its own observer subscribes to in "%s"',
      (on) => {
        const source = { next: emitting(1), complete: EMPTY, error: throwError(() => sad) }[on] ?? NEVER;
        const stranger = (): unknown => group({ stranger: NEVER }).subscribe();
        const { report, ready } = start(source, { error: () => undefined, [on]: stranger });

        expect(report().members).toStrictEqual({});
        ready.catch(() => undefined);
      },
    );

    describe('of members that have the same name', () => {
      const jobs = new Subject<Observable<unknown>>();
      const job = (end: Observable<unknown>): Observable<unknown> => runner({ name: 'job', run: () => end });

      it('should show each that is alive, and the last one that has ended', () => {
        const { report } = start(jobs.pipe(runGroup({ until: 'all' })));
        const ends = [new Subject<number>(), new Subject<number>(), new Subject<number>(), new Subject<number>()];
        const shown: string[] = [];
        const show = (): void => {
          const { members } = report();
          shown.push(
            Object.entries(members)
              .map(([key, { state }]) => `${key} ${letters[state]}`)
              .join(', '),
          );
        };

        for (const end of ends.slice(0, 3)) jobs.next(job(end));
        show();
        ends[1]?.next(1);
        show();
        ends[2]?.complete();
        show();
        if (ends[3]) jobs.next(job(ends[3]));
        show();
        ends[0]?.complete();
        show();
        ends[1]?.complete();
        ends[3]?.complete();
        show();
        expect(shown).toStrictEqual([
          'job s, job#2 s, job#3 s',
          'job s, job#2 r, job#3 s',
          'job s, job#2 r, job#3 c',
          'job s, job#2 r, job#3 s',
          'job c, job#2 r, job#3 s',
          'job c, job#2 c, job#3 c',
        ]);
      });

      it('should tell them apart in proportion to how many there are', () => {
        const [few = 0, many = 0] = [1_000, 10_000].map((count) => {
          const { report } = start(of(...Array.from({ length: count }, () => job(NEVER))).pipe(runGroup()));
          return countSteps(() => {
            expect(Object.keys(report().members)).toHaveLength(count);
          });
        });

        expect(many / few).toBeGreaterThan(9);
        expect(many / few).toBeLessThan(11);
        expectLeftRunning(11_000);
      });
    });

    describe('of members that come and go', () => {
      it('should keep those that live, and the last thousand that have ended', () => {
        const members = new Subject<Observable<unknown>>();
        const { report } = start(members.pipe(runGroup({ until: 'all' })));
        members.next(NEVER.pipe(named('first')));
        const sizes = new Set<number>();
        for (let index = 0; index < 5_000; index++) {
          members.next(of(index).pipe(named(`job ${index}`)));
          if (index % 500 === 499) sizes.add(Object.keys(report().members).length);
        }
        members.next(NEVER.pipe(named('last')));
        const names = Object.keys(report().members);

        expect([...sizes]).toStrictEqual([501, 1_001]);
        expect([names[0], names[1], names.at(-2), names.at(-1)]).toStrictEqual([
          'first',
          'job 4000',
          'job 4999',
          'last',
        ]);
      });

      it('should not take one for new that settles when it has been forgotten', () => {
        const errors = unhandled();
        const teardown = new Subject<never>();
        const values = new Subject<number>();
        const switched = values.pipe(
          switchRun((value) => group({ [`job ${value}`]: value === 0 ? closing(NEVER, teardown) : NEVER }), {
            grace: 0,
          }),
        );
        const { report } = start(switched);

        for (let value = 0; value <= 1_001; value++) values.next(value);
        const before = report();
        teardown.complete();
        expect(Object.keys(before.members)).not.toContain('job 0');
        expect(report()).toStrictEqual(before);
        expect(errors).toStrictEqual([]);
      });
    });
  });

  describe('ready', () => {
    it.each<[string, () => Observable<unknown>]>([
      ['says so', () => runner(({ ready }) => (ready(), NEVER))],
      ['emits its first value', () => emitting(1)],
      ['is a runner that emits its first value', () => runner(() => emitting(1))],
      ['completes', () => EMPTY],
      ['is a group whose members all are', () => group({ a: emitting(1), b: runner(({ ready }) => (ready(), NEVER)) })],
      ['is a group in groups', () => group([group({ a: group([emitting(1)]) })])],
      ['is a group with needs', () => group({ a: emitting(1), b: emitting(2) }, { needs: { a: ['b'] } })],
      ['is an empty group', () => group({})],
      [
        'says so behind operators',
        () =>
          runner(({ ready }) => (ready(), NEVER)).pipe(
            map((value) => value),
            restart(),
          ),
      ],
      ['is ready, and stops then', () => emitting(1).pipe(take(1))],
    ])('should resolve when the run %s', async (_, source) => {
      const { ready, stop } = start(source());

      await expect(ready).resolves.toBeUndefined();
      await stop();
      await expect(ready).resolves.toBeUndefined();
    });

    it.each<[string, () => Observable<unknown>]>([
      ['has done nothing yet', () => NEVER],
      ['is a group with a member that is not', () => group({ a: emitting(1), b: NEVER })],
      [
        'is a group with a member that waits for its need',
        () => group({ a: emitting(1), b: NEVER }, { needs: { a: ['b'] } }),
      ],
      ['may have more members', () => merge(of(emitting(1)), NEVER).pipe(runGroup())],
    ])('should be pending while the run %s', async (_, source) => {
      const { ready, stop } = start(source());

      expect(await settled(ready)).toBe('pending');
      await stop('enough');
      await expect(ready).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' });
    });

    it('should resolve when the last member is ready, not before', async () => {
      const [a, b] = [new Subject<number>(), new Subject<number>()];
      const { ready, stop } = start(group({ a, b }));

      a.next(1);
      expect(await settled(ready)).toBe('pending');
      b.next(1);
      expect(await settled(ready)).toBe('resolved');
      await stop();
    });

    it.each<[string, (group: () => Observable<unknown>) => Observable<unknown>]>([
      ['a runner', (all) => runner(all)],
      ['a runner in a runner', (all) => runner(() => runner(all))],
      ['an async runner', (all) => runner(async () => Promise.resolve(all()))],
      [
        'an async runner in an async runner',
        (all) => runner(async () => Promise.resolve(runner(async () => Promise.resolve(all())))),
      ],
      [
        'withResource',
        (all) => withResource({ acquire: async () => Promise.resolve(1), use: all, release: () => undefined }),
      ],
      [
        'withResource with an async use, in a runner',
        (all) =>
          runner(() =>
            withResource({
              acquire: async () => Promise.resolve(1),
              use: async () => Promise.resolve(all()),
              release: () => undefined,
            }),
          ),
      ],
      ['a runner that restarts it', (all) => runner(() => all().pipe(restart()))],
      [
        'a runner that runs a second group beside it',
        (all) => runner(() => merge(all().pipe(restart()), group({ c: NEVER }))),
      ],
    ])('should be when the last member of the group is, in %s', async (_, around) => {
      const [a, b] = [new Subject<number>(), new Subject<number>()];
      const { ready, stop } = start(around(() => group({ a, b })));
      const isReady = jest.fn();
      void ready.then(isReady, () => undefined);
      const turns = async (): Promise<void> => {
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      };

      await turns();
      a.next(1);
      await turns();
      expect(isReady).not.toHaveBeenCalled();
      b.next(1);
      await turns();
      expect(isReady).toHaveBeenCalledTimes(1);
      await stop();
    });

    it('should be when the runner says so that an async use brings', async () => {
      let say: () => void = () => undefined;
      const brought = runner(({ ready }) => {
        say = ready;
        return NEVER;
      });
      const { ready, stop } = start(
        withResource({ acquire: () => 1, use: async () => Promise.resolve(brought), release: () => undefined }),
      );

      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      expect(await settled(ready)).toBe('pending');
      say();
      expect(await settled(ready)).toBe('resolved');
      await stop();
    });

    it('should reject with the failure if the run fails first, as `done` does', async () => {
      const subject = new Subject<number>();
      const { ready, done } = start(group({ a: subject, b: NEVER }));

      subject.error(sad);
      const error: unknown = await done.catch((reason: unknown) => reason);
      expect(error).toStrictEqual(new RunGroupError([{ path: ['a'], phase: 'run', error: sad }]));
      expect(await settled(ready)).toBe(error);
    });

    it('should reject when a member was not ready in time', async () => {
      jest.useFakeTimers();
      const { ready, done } = start(group({ a: emitting(1), b: NEVER }, { needs: { b: ['a'] }, startWithin: 100 }));
      done.catch(() => undefined);

      await jest.advanceTimersByTimeAsync(100);
      expect(await settled(ready)).toMatchObject({ cause: new StartTimeoutError(['b'], 100) });
    });

    it('should reject with the reason of the stop if that comes first, when the teardown has settled', async () => {
      const teardown = new Subject<never>();
      const { ready, stop } = start(runner({ run: () => NEVER, teardown: () => teardown }));

      const stopped = stop('enough');
      expect(await settled(ready)).toBe('pending');
      teardown.complete();
      await stopped;
      const reason = await settled(ready);
      expect(reason).toBeInstanceOf(StopError);
      expect(reason).toMatchObject({ cause: 'enough' });
    });

    it('should reject with the failure of the teardown, where the stop came first and that failed', async () => {
      const { ready, stop } = start(
        closing(
          NEVER,
          throwError(() => worse),
        ),
      );

      await expect(stop()).rejects.toBe(worse);
      expect(await settled(ready)).toBe(worse);
    });

    it('should reject when it is stopped during the start, though that then ends well', async () => {
      const says: (() => void)[] = [];
      const slow = runner(({ ready, signal }) => {
        says.push(ready);
        return new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            ready();
            resolve();
          });
        });
      });
      const { ready, stop, report } = start(group({ slow }));

      await stop();
      says[0]?.();
      expect(await settled(ready)).toBeInstanceOf(StopError);
      expect(report()).not.toHaveProperty('readyAt');
      expect(report().members.slow).toMatchObject({ state: 'stopped' });
      expect(report().members.slow).not.toHaveProperty('readyAt');
    });

    it('should be the same promise each time, which a later failure does not change', async () => {
      const subject = new Subject<number>();
      const started = quietly(subject);

      expect(started.ready).toBe(started.ready);
      subject.next(1);
      subject.error(sad);
      await expect(started.done).rejects.toBe(sad);
      await expect(started.ready).resolves.toBeUndefined();
    });

    it('should never be an unhandled rejection of its own', async () => {
      const { code, stdout, stderr } = await program(`
        start(throwError(() => new Error('failed'))).done.catch(() => console.log('done'));
        start(NEVER).stop().then(() => console.log('stopped'));
        start(throwError(() => new Error('failed')), { error: () => console.log('observed') });
        start(group({ a: NEVER, b: throwError(() => new Error('failed')) })).stop().catch(() => console.log('caught'));
        start(runner({ run: () => NEVER, teardown: () => throwError(() => new Error('failed')) }))
          .stop()
          .catch(() => console.log('torn down'));
      `);

      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      expect(stdout.trim().split('\n').sort()).toStrictEqual(['caught', 'done', 'observed', 'stopped', 'torn down']);
    });

    it('should be an unhandled rejection where somebody waits for it and does not handle it', async () => {
      const { code, stderr } = await program(`
        const { ready, done } = start(throwError(() => new Error('failed')));
        done.catch(() => undefined);
        ready.then(() => console.log('ready'));
      `);

      expect(code).toBe(1);
      expect(stderr).toContain('Error: failed');
    });
  });

  describe('lifecycle', () => {
    it('should be told of every event of the groups within, with their paths seen from the run', () => {
      const lines: string[] = [];
      const inner: string[] = [];
      const into = (list: string[]) => ({
        next: ({ at, path, type }: LifecycleEvent) => list.push(`${at} ${path.join('/')} ${type}`),
      });
      run(() => {
        const web = group(
          { api: readyAfter(1, timer(2)), log: NEVER },
          { lifecycle: into(inner), needs: { api: ['log'] } },
        );
        stopAt(4, start(group({ web, db: readyAfter(3) }), {}, { lifecycle: into(lines) }));
      });

      expect(lines).toStrictEqual([
        '0 web starting',
        '0 web/log starting',
        '0 db starting',
        '3 db ready',
        '4 web stopping',
        '4 web/api refused',
        '4 web/log stopping',
        '4 web/log stopped',
        '4 web stopped',
        '4 db stopping',
        '4 db stopped',
      ]);
      expect(inner).toStrictEqual(['0 log starting', '4 api refused', '4 log stopping', '4 log stopped']);
    });

    it('should be told of restarts, those of the run itself too', () => {
      const events: LifecycleEvent[] = [];
      const lifecycle = { next: (event: LifecycleEvent) => events.push(event) };
      const failing = () => {
        let attempt = 0;
        return defer(() => (attempt++ === 0 ? throwError(() => sad) : NEVER)).pipe(restart({ delay: 5 }));
      };
      run(() => {
        stopAt(9, start(failing(), {}, { lifecycle }));
        stopAt(9, start(group({ a: group({ b: failing() }) }), {}, { lifecycle }));
      });

      expect(events.filter(({ type }) => type === 'restarting')).toStrictEqual([
        { type: 'restarting', path: [], at: 0, attempt: 1, delay: 5, error: sad },
        { type: 'restarting', path: ['a', 'b'], at: 0, attempt: 1, delay: 5, error: sad },
      ]);
    });

    it('should take a Subject, and neither complete nor fail it', () => {
      const lifecycle = new Subject<LifecycleEvent>();
      const log: string[] = [];
      lifecycle.subscribe({
        next: ({ type }) => log.push(type),
        error: () => log.push('error'),
        complete: () => log.push('complete'),
      });

      quietly(EMPTY);
      start(group({ a: EMPTY }), {}, { lifecycle });
      start(group({ a: throwError(() => sad) }), { error: () => undefined }, { lifecycle });
      expect(log).toStrictEqual(['starting', 'ready', 'completed', 'starting', 'failed']);
    });

    it('should harm nothing where it throws, and have that reported', async () => {
      const errors = unhandled();
      jest.useFakeTimers();
      const lifecycle = {
        next: () => {
          throw worse;
        },
      };
      const { ready, done, stop, report } = start(group({ a: emitting(1), b: emitting(2) }), {}, { lifecycle });

      await expect(ready).resolves.toBeUndefined();
      await expect(stop()).resolves.toBeUndefined();
      await expect(done).resolves.toBeUndefined();
      jest.runAllTimers();
      expect(report().members).toMatchObject({ a: { state: 'stopped' }, b: { state: 'stopped' } });
      expect(errors).toStrictEqual(Array.from({ length: 8 }, () => worse));
    });

    it.each(['ready', 'stopping', 'stopped', 'failed'] as const)('should let it stop the run at "%s"', async (at) => {
      const subject = new Subject<number>();
      let stopped: Promise<unknown> | undefined;
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          if (type === at) stopped ??= started.stop('enough').catch((error: unknown) => error);
        },
      };
      const started = start(group({ a: subject, b: NEVER }, { until: 'all' }), {}, { lifecycle });

      subject.next(1);
      if (at === 'failed') subject.error(sad);
      else if (at !== 'ready') await started.stop();
      const error = await stopped;
      expect(error === undefined ? undefined : (error as RunGroupError).errors).toStrictEqual(
        at === 'failed' ? [sad] : undefined,
      );
      expect(started.closed).toBe(true);
      expect(started.report().stopping).toStrictEqual([]);
    });

    it('should not take part in what it subscribes to', () => {
      const lifecycle = {
        next: ({ type }: LifecycleEvent) => {
          if (type === 'starting') group({ stranger: NEVER }).subscribe();
        },
      };
      const { report } = start(group({ a: emitting(1) }), {}, { lifecycle });

      expect(Object.keys(report().members)).toStrictEqual(['a']);
    });

    it.each([1, 'log', {}])('should be refused where it is no observer: %p', (lifecycle) => {
      const action = () => start(EMPTY, {}, { lifecycle: lifecycle as unknown as Subject<LifecycleEvent> });

      expect(action).toThrow(TypeError);
      expect(action).toThrow(/^start: 'lifecycle' must be an observer, got /u);
    });

    it('should be undefined where there is none', () => {
      expect(() => start(EMPTY, {}, { lifecycle: undefined as unknown as Subject<LifecycleEvent> })).not.toThrow();
    });
  });
});

describe('RunGroupError', () => {
  /** What a source fails with. */
  function errorOf(source: Observable<unknown>): RunGroupError {
    let error: unknown;
    source.subscribe({ error: (each: unknown) => (error = each) });
    if (!(error instanceof RunGroupError)) throw new Error('no error of a group');
    return error;
  }
  const failing = { a: emitting(1), b: throwError(() => sad), c: NEVER };

  it('should carry the report of its run', async () => {
    const { done, report } = start(group(failing));
    const error: unknown = await done.catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(RunGroupError);
    expect((error as RunGroupError).report).toStrictEqual(report());
    expect((error as RunGroupError).report).toMatchObject({
      state: 'failed',
      members: {
        a: { state: 'stopped' },
        b: { state: 'failed', error: sad },
        c: { state: 'notStarted' },
      },
    });
  });

  it('should carry the report of a run that was stopped', async () => {
    const { stop, report } = start(
      group({
        a: closing(
          NEVER,
          throwError(() => worse),
        ),
        b: emitting(1),
      }),
    );
    const error: unknown = await stop().catch((reason: unknown) => reason);

    expect((error as RunGroupError).report).toStrictEqual(report());
    expect((error as RunGroupError).report?.members.a).toMatchObject({ state: 'failed', teardownError: worse });
  });

  it.each<[string, () => Observable<unknown>, object]>([
    ['a record', () => group(failing, { report: true }), { a: 'stopped', b: 'failed', c: 'notStarted' }],
    ['a list', () => group(Object.values(failing), { report: true }), { 0: 'stopped', 1: 'failed', 2: 'notStarted' }],
    [
      'a record with needs',
      () => group(failing, { needs: { a: ['c'] }, report: true }),
      { a: 'notStarted', b: 'failed', c: 'notStarted' },
    ],
    [
      'groups in groups',
      () => group({ web: group(failing), d: NEVER }, { report: true }),
      { web: 'failed', 'web/a': 'stopped', 'web/b': 'failed', 'web/c': 'notStarted', d: 'notStarted' },
    ],
  ])('should carry the report of %s that keeps one', (_, source, states) => {
    const { report } = errorOf(source());
    const members = Object.entries(report?.members ?? {});

    expect(report).toMatchObject({ path: [], state: 'failed', stopping: [] });
    expect(Object.fromEntries(members.map(([key, { state }]) => [key, state]))).toStrictEqual(states);
    expect(unfrozen(report)).toStrictEqual([]);
  });

  it('should have no report where none was kept', () => {
    expect(errorOf(group(failing)).report).toBeUndefined();
    expect(errorOf(group(failing, { report: false })).report).toBeUndefined();
    expect(errorOf(group(failing, { lifecycle: new Subject<LifecycleEvent>() })).report).toBeUndefined();
    expect('report' in errorOf(group(failing))).toBe(false);
  });

  it('should be as it is without the report where it is shown, listed or copied', () => {
    const [kept, bare] = [errorOf(group(failing, { report: true })), errorOf(group(failing))];

    expect(kept.report).toBeDefined();
    expect(Object.keys(kept)).toStrictEqual(Object.keys(bare));
    expect(inspect(kept, { depth: 9 })).not.toMatch(/report:|notStarted/u);
    expect(JSON.stringify(kept)).toBe(JSON.stringify(bare));
    expect(Object.assign({}, kept)).not.toHaveProperty('report');
  });

  it('should leave an error alone that is of no group', async () => {
    const { done } = start(group({ a: throwError(() => sad) }, { errors: 'first', report: true }));

    await expect(done).rejects.toBe(sad);
    expect(sad).not.toHaveProperty('report');
  });

  it('should be thrown though it takes no report', async () => {
    const frozen = Object.freeze(new RunGroupError([{ path: ['a'], phase: 'run', error: sad }]));
    const { done, report } = start(new Observable((subscriber) => subscriber.error(frozen)));

    await expect(done).rejects.toBe(frozen);
    expect(report()).toMatchObject({ state: 'failed', error: frozen });
  });

  it('should keep the report of each subscription apart', () => {
    const source = group(failing, { report: true });
    const [first, second] = [errorOf(source), errorOf(source)];

    expect(first.report).not.toBe(second.report);
    expect(Object.keys(first.report?.members ?? {})).toStrictEqual(['a', 'b', 'c']);
  });
});

/** Runs a program in a process of its own, in which an unhandled rejection is fatal. */
async function program(script: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const imports = `
    import { start, runner, group } from './src/index.ts';
    import { NEVER, throwError } from 'rxjs';
  `;
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', imports + script];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}
