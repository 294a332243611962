import { afterEach, describe, expect, it } from '@jest/globals';
import { config, finalize, merge, NEVER, of, tap, throwError, timer, type Observable } from 'rxjs';
import {
  awaitTeardown,
  finalizeAsync,
  group,
  restart,
  runner,
  start,
  withResource,
  type GroupOptions,
  type Member,
  type Run,
} from '../src/index.js';
import { owners } from './helpers/owners.js';
import { program } from './helpers/program.js';
import { unhandled } from './helpers/unhandled.js';

type Stop = () => void;

/** From where the run is stopped: a member that does it, and what else it takes. */
interface Place {
  readonly where: string;
  readonly member?: (stop: Stop) => Member;
  readonly options?: (stop: Stop) => GroupOptions;
  readonly next?: (stop: Stop) => () => void;
  readonly lifecycle?: (stop: Stop) => { next(event: { type: string }): void };
}

const onEvent = (type: string) => (stop: Stop) => ({
  next: (event: { type: string }) => {
    if (event.type === type) stop();
  },
});

const fromMembers: readonly Place[] = [
  { where: 'a teardown', member: (stop) => runner({ run: () => NEVER, teardown: stop }) },
  {
    where: 'a teardown, after a turn',
    member: (stop) =>
      runner({
        run: () => NEVER,
        teardown: async () => {
          await Promise.resolve();
          stop();
        },
      }),
  },
  {
    where: 'an abort listener',
    member: (stop) =>
      runner(({ signal }) => {
        signal.addEventListener('abort', stop);
        return NEVER;
      }),
  },
  {
    where: 'a run that waits for its abort',
    member:
      (stop) =>
      async ({ signal }) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        stop();
      },
  },
  { where: 'finalize', member: (stop) => NEVER.pipe(finalize(stop)) },
  { where: 'finalizeAsync', member: (stop) => NEVER.pipe(finalizeAsync(stop)) },
  {
    where: 'awaitTeardown',
    member: (stop) =>
      NEVER.pipe(
        finalize(() => {
          awaitTeardown(stop);
        }),
      ),
  },
  {
    where: 'release',
    member: (stop) => withResource({ acquire: () => 1, use: () => NEVER, release: stop }),
  },
  {
    where: 'use',
    member: (stop) =>
      withResource({
        acquire: () => timer(1),
        use: () => {
          stop();
          return NEVER;
        },
        release: () => undefined,
      }),
  },
  {
    where: 'acquire',
    member: (stop) =>
      withResource({
        acquire: () => timer(1).pipe(tap(stop)),
        use: () => NEVER,
        release: () => undefined,
      }),
  },
  { where: 'a value', member: (stop) => merge(timer(1).pipe(tap(stop)), NEVER) },
  {
    where: 'the strategy of a restart',
    member: (stop) =>
      throwError(() => new Error('again')).pipe(
        restart({
          delay: (attempt) => {
            if (attempt === 2) stop();
            return 1;
          },
        }),
      ),
  },
  ...owners.map(([name, owner]) => ({
    where: `a teardown in ${name}`,
    member: (stop: Stop) => owner(runner({ run: () => NEVER, teardown: stop })),
  })),
];

const places: readonly Place[] = [
  ...fromMembers,
  { where: 'a handler for values', next: (stop) => stop },
  ...['ready', 'stopping', 'completed', 'stopped'].map((type) => ({
    where: `the observer of the group that hears ${type}`,
    options: (stop: Stop) => ({ lifecycle: onEvent(type)(stop) }),
  })),
  ...['ready', 'stopping', 'completed', 'stopped'].map((type) => ({
    where: `the observer of the run that hears ${type}`,
    lifecycle: onEvent(type),
  })),
];

/** How its own run is stopped. */
const ways: readonly (readonly [how: string, stop: (run: Run) => Promise<void>])[] = [
  ['stop()', (run) => run.stop()],
  ['its disposal', (run) => run[Symbol.asyncDispose]()],
];

/** A run with a database that takes a while to close, one member of which ends early. */
function startWith(
  { member, options, next, lifecycle }: Place,
  stop: (run: Run) => Promise<void>,
  close: () => void,
): { readonly run: Run; readonly stops: readonly Promise<void>[] } {
  const stops: Promise<void>[] = [];
  const stopNow = (): void => {
    // an event of the start itself comes too early
    if (handle.run) stops.push(stop(handle.run));
  };
  const db = runner({ name: 'db', run: () => merge(of('a'), NEVER), teardown: () => timer(10).pipe(tap(close)) });
  const members: Record<string, Member> = {
    db,
    ...(member && { member: member(stopNow) }),
    later: merge(timer(2), NEVER),
    end: timer(5),
  };
  const handle: { run?: Run } = {};
  const run = start(group(members, { until: ['end'], ...options?.(stopNow) }), next && { next: next(stopNow) }, {
    ...(lifecycle && { lifecycle: lifecycle(stopNow) }),
  });
  handle.run = run;
  return { run, stops };
}

describe('a run that is stopped from within', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  describe.each(ways)('by %s', (_, stop) => {
    it.each(places)('should wait for everything, stopped in $where', async (place) => {
      const errors = unhandled();
      const log: string[] = [];
      const { run, stops } = startWith(place, stop, () => log.push('closed'));

      await run.done;
      log.push('done');
      await Promise.all(stops);

      expect(log).toStrictEqual(['closed', 'done']);
      expect(stops.length).toBeGreaterThan(0);
      expect([run.closed, run.report().members.db?.state]).toStrictEqual([true, 'stopped']);
      expect(errors).toStrictEqual([]);
    });

    it.each(places)('should have the failure of a teardown, once, stopped in $where', async (place) => {
      const errors = unhandled();
      const { run, stops } = startWith(place, stop, () => {
        throw new Error('not closed');
      });

      await expect(run.done).rejects.toThrow('not closed');
      await Promise.allSettled(stops);

      expect(run.report().members.db?.state).toBe('failed');
      expect(errors).toStrictEqual([]);
    });
  });

  it.each<[string, (begin: () => Observable<unknown>) => Observable<unknown>]>([
    ['waited for its place', (begin) => group([timer(1), runner(begin)], { until: 'all', concurrency: 1 })],
    [
      'waited for what it needs',
      (begin) => group({ db: merge(timer(1), NEVER), api: runner(begin) }, { needs: { api: ['db'] } }),
    ],
    ['is restarted', (begin) => timer(1).pipe(restart({ on: 'completion' }), (source) => merge(source, runner(begin)))],
  ])('should not begin what a run function that %s returns, and wait for what runs', async (__, programOf) => {
    const log: string[] = [];
    const slow = runner({ run: () => NEVER, teardown: () => timer(5).pipe(tap(() => log.push('torn down'))) });
    let stopped: Promise<void> | undefined;
    const begin = (): Observable<unknown> => {
      timer(1).subscribe(() => {
        stopped = run.stop();
      });
      return slow;
    };
    const run = start(programOf(begin));

    await run.done;

    expect(stopped).toBe(run.done);
    expect(log).toStrictEqual(['torn down']);
  });

  it('should hand out one promise, whatever asks for it and when', async () => {
    const run = start(NEVER);
    const { done } = run;

    expect(run.stop()).toBe(done);
    expect(run.stop('again')).toBe(done);
    await done;
    expect([run.done, run.stop()]).toStrictEqual([done, done]);
    expect(run.stop()).toBe(done);
  });

  it('should be handled wherever it is handled once, also by whoever calls it from within and looks at nothing', async () => {
    const { code, stdout, stderr } = await program(`
      const fail = async () => { throw new Error('db failed to close'); };
      const db = () => runner({ run: () => NEVER, teardown: fail });
      const ended = [];
      const from = (where, member) => {
        const run = start(group({ db: db(), member: member(() => void run.stop()) }));
        setTimeout(() => void run.stop(), 5);
        ended.push(run.done.catch(({ message }) => console.log(where, message)));
      };
      from('teardown', (stop) => runner({ run: () => NEVER, teardown: stop }));
      from('abort', (stop) => runner(({ signal }) => { signal.addEventListener('abort', stop); return NEVER; }));
      from('finalizeAsync', (stop) => NEVER.pipe(finalizeAsync(stop)));
      from('release', (stop) => withResource({ acquire: () => 1, use: () => NEVER, release: stop }));
      from('later', (stop) => timer(1).pipe(mergeMap(() => { stop(); return NEVER; })));
      await Promise.all(ended);
      // what nobody has handled ends the process by now
      await new Promise((resolve) => setTimeout(resolve, 20));
      console.log('flushed');
      process.exitCode = 2;
    `);

    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toStrictEqual([
      'abort db: db failed to close',
      'finalizeAsync db: db failed to close',
      'flushed',
      'later db: db failed to close',
      'release db: db failed to close',
      'teardown db: db failed to close',
    ]);
    expect(code).toBe(2);
  }, 30_000);
});
