import { describe, expect, it } from '@jest/globals';
import {
  asyncScheduler,
  lastValueFrom,
  Subject,
  Subscription,
  switchAll,
  tap,
  throwError,
  concat,
  defer,
  EMPTY,
  map,
  merge,
  NEVER,
  Observable,
  of,
  switchMap,
  takeUntil,
  timer,
  type ObservableInput,
} from 'rxjs';
import {
  drain,
  finalizeAsync,
  GraceExceededError,
  group,
  restart,
  runGroup,
  runner,
  runWhile,
  settle,
  stopWhen,
  switchRun,
  withResource,
  type LifecycleEvent,
  type TeardownContext,
  type TeardownResult,
} from '../src/index.js';
import { run } from './helpers/marbles.js';
import { owners, type OwnerOf } from './helpers/owners.js';
import { tearingDown } from './helpers/teardowns.js';
import { afterReports } from './helpers/unhandled.js';

const stopsAfter = 5;
const grace = 20;
const over = stopsAfter + grace;

function until(source: Observable<unknown>, notifier: Observable<unknown>): Observable<unknown> {
  return source.pipe(takeUntil(notifier));
}

/** Stops the source after 5 ms, and waits 20 ms for it. */
const limits: readonly (readonly [name: string, limit: OwnerOf])[] = [
  ['group', (source) => group([source, timer(stopsAfter)], { grace })],
  ['group, as an Observable', (source) => group([source, timer(stopsAfter)], { grace: timer(grace) })],
  ['group with needs', (source) => group({ source, end: timer(stopsAfter) }, { grace, needs: { end: [] } })],
  ['runGroup', (source) => of(source, timer(stopsAfter)).pipe(runGroup({ grace }))],
  ['stopWhen', (source) => source.pipe(stopWhen(timer(stopsAfter), { grace }))],
  ['settle', (source) => until(source, timer(stopsAfter)).pipe(settle({ grace }))],
  ['restart', (source) => until(source, timer(stopsAfter)).pipe(restart({ grace }))],
  [
    'switchRun',
    (source) =>
      merge(of(source), timer(stopsAfter).pipe(map(() => EMPTY))).pipe(
        switchRun((each: Observable<unknown>) => each, { grace }),
      ),
  ],
  [
    'runWhile',
    (source) => source.pipe(runWhile(concat(of(true), timer(stopsAfter).pipe(map(() => false)), NEVER), { grace })),
  ],
  [
    'drain',
    (source) =>
      defer(() => {
        const subscription = source.subscribe();
        return timer(stopsAfter).pipe(switchMap(() => drain(subscription, { grace })));
      }),
  ],
  ...owners.map(([name, owner]): readonly [string, OwnerOf] => [
    `group around ${name}`,
    (source) => group([owner(source), timer(stopsAfter)], { grace }),
  ]),
];

type Log = [at: number, ...what: unknown[]][];

/** What happened when in virtual time, and the end. */
function logOf(program: (log: (...what: unknown[]) => void) => Observable<unknown>): Log {
  const log: Log = [];
  const note = (...what: unknown[]): void => void log.push([asyncScheduler.now(), ...what]);
  run(() => {
    program(note).subscribe({
      error: (error: unknown) => {
        note(isGraceExceeded(error) ? 'exceeded' : error);
      },
      complete: () => {
        note('complete');
      },
    });
  });
  return log;
}

function isGraceExceeded(error: unknown): boolean {
  const { errors = [error] } = error as { errors?: readonly unknown[] };
  return errors.length === 1 && errors[0] instanceof GraceExceededError;
}

type Note = (...what: unknown[]) => void;

/** Goes on until it is told that the grace period is over. */
function untilForced(note: Note, { signal }: TeardownContext, name: string): Observable<never> {
  note('asked', name);
  return new Observable((subscriber) => {
    const end = (): void => {
      note('forced', name);
      subscriber.complete();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

/** Ends only by force. */
const stubborn = (note: Note, name = 'work'): Observable<never> =>
  runner({ run: () => NEVER, teardown: (context) => untilForced(note, context, name) });

/** What a teardown waits for; some of it runs before. */
interface Work {
  readonly what: string;
  readonly prepare: (note: Note) => () => ObservableInput<unknown>;
  readonly expected: Log;
}

const asked = (name = 'work'): Log => [
  [stopsAfter, 'asked', name],
  [over, 'forced', name],
];
const forced = (name = 'work'): Log => [
  [over, 'asked', name],
  [over, 'forced', name],
];

const works: readonly Work[] = [
  {
    what: 'a drain',
    prepare: (note) => {
      const subscription = stubborn(note).subscribe();
      return () => drain(subscription);
    },
    expected: asked(),
  },
  {
    what: 'a drain with a grace period of its own that is longer',
    prepare: (note) => {
      const subscription = stubborn(note).subscribe();
      return () => drain(subscription, { grace: 1_000 });
    },
    expected: asked(),
  },
  {
    what: 'the drain of a drain',
    prepare: (note) => {
      const subscription = stubborn(note).subscribe();
      const outer = runner({ run: () => NEVER, teardown: () => drain(subscription) }).subscribe();
      return () => drain(outer);
    },
    expected: asked(),
  },
  {
    what: 'the drain of a group',
    prepare: (note) => {
      const subscription = group([stubborn(note)]).subscribe();
      return () => drain(subscription);
    },
    expected: asked(),
  },
  {
    what: 'the drain of a group with needs',
    prepare: (note) => {
      const members = { db: runner(() => merge(of(1), NEVER)), api: stubborn(note, 'api') };
      const subscription = group(members, { needs: { api: ['db'] } }).subscribe();
      return () => drain(subscription);
    },
    expected: asked('api'),
  },
  { what: 'a runner', prepare: (note) => () => stubborn(note), expected: forced() },
  { what: 'a group', prepare: (note) => () => group([stubborn(note)]), expected: forced() },
  {
    what: 'a group in a group',
    prepare: (note) => () => group([group([stubborn(note)]), NEVER]),
    expected: forced(),
  },
  {
    what: 'a group with needs',
    prepare: (note) => () =>
      group(
        {
          db: runner({
            run: () => merge(of(1), NEVER),
            teardown: (context) => untilForced(note, context, 'db'),
          }),
          api: stubborn(note, 'api'),
        },
        { needs: { api: ['db'] } },
      ),
    expected: [...forced('api'), ...forced('db')],
  },
  {
    what: 'a runner below an operator',
    prepare: (note) => () => stubborn(note).pipe(map(() => 1)),
    expected: forced(),
  },
  ...owners.map(([name, owner]) => ({
    what: `a runner in ${name}`,
    prepare: (note: Note) => () => owner(stubborn(note)),
    expected: forced(),
  })),
];

describe('the end of a grace period', () => {
  describe.each(limits)('of %s', (_, limit) => {
    it.each(works)('should reach $what that a teardown waits for, once', ({ prepare, expected }) => {
      const log = logOf((note) => {
        const teardown = prepare(note);
        return limit(runner({ run: () => NEVER, teardown }));
      });

      expect(log).toStrictEqual([...expected, [over, 'exceeded']]);
    });

    it.each(works)('should reach $what that a hand-written teardown waits for, once', ({ prepare, expected }) => {
      const log = logOf((note) => {
        const work = prepare(note);
        return limit(NEVER.pipe(tearingDown(defer(work))));
      });

      expect(log).toStrictEqual([...expected, [over, 'exceeded']]);
    });
  });
});

/** A resource that says when it is released, and whether by force. */
function resource(note: Note, name: string, use: () => ObservableInput<unknown>): Observable<unknown> {
  return withResource({
    acquire: () => name,
    use,
    release: (_, { signal }) => {
      note('released', name, signal.aborted);
    },
  });
}

const endless: AsyncIterableIterator<never> = {
  next: () => new Promise(() => undefined),
  return: () => new Promise(() => undefined),
  [Symbol.asyncIterator]: () => endless,
};

const hanging: readonly (readonly [what: string, use: () => ObservableInput<unknown>])[] = [
  ['a promise', () => new Promise(() => undefined)],
  ['an async iterator', () => endless],
  ['a teardown', () => NEVER.pipe(tearingDown(NEVER))],
  ['a teardown, after an end', () => EMPTY.pipe(tearingDown(NEVER))],
  ['a runner', () => runner({ run: () => NEVER, teardown: () => NEVER })],
  ['a group', () => group([runner({ run: () => NEVER, teardown: () => NEVER }), NEVER])],
];

describe('a release whose turn has not come when the grace period is over', () => {
  describe.each(limits)('of %s', (_, limit) => {
    it.each(hanging)(
      'should be called then, once, because of %s, from the inner one to the outer ones',
      (what, use) => {
        const log = logOf((note) => {
          const inner = resource(note, 'inner', use);
          const middle = resource(note, 'middle', () => inner);
          return limit(resource(note, 'outer', () => middle));
        });

        expect(log).toStrictEqual([
          [over, 'released', 'inner', true],
          [over, 'released', 'middle', true],
          [over, 'released', 'outer', true],
          [over, 'exceeded'],
        ]);
      },
    );

    it('should be called then, once, because of the release before, and that goes on', () => {
      const log = logOf((note) =>
        limit(
          resource(note, 'outer', () =>
            withResource({
              acquire: () => 'inner',
              use: () => NEVER,
              release: (inner, context) => untilForced(note, context, inner),
            }),
          ),
        ),
      );

      expect(log).toStrictEqual([
        [stopsAfter, 'asked', 'inner'],
        [over, 'forced', 'inner'],
        [over, 'released', 'outer', true],
        [over, 'exceeded'],
      ]);
    });

    it.each(hanging.filter(([what]) => !/promise|iterator/.test(what)))(
      'should be that of a chain of finalizeAsync behind %s, too',
      (what, use) => {
        const log = logOf((note) => {
          const said = (name: string) =>
            finalizeAsync<unknown>((kind, { signal }) => {
              note(name, kind, signal.aborted);
            });
          return limit(defer(use).pipe(said('first'), said('second')));
        });

        expect(log).toStrictEqual([
          [over, 'first', what.includes('end') ? 'complete' : 'unsubscribe', true],
          [over, 'second', 'unsubscribe', true],
          [over, 'exceeded'],
        ]);
      },
    );

    it('should be that of finalizeAsync behind one that goes on', () => {
      const log = logOf((note) => {
        const first = finalizeAsync<unknown>((_kind, context) => untilForced(note, context, 'first'));
        const second = finalizeAsync<unknown>((kind, { signal }) => {
          note('second', kind, signal.aborted);
        });
        return limit(NEVER.pipe(first, second));
      });

      expect(log).toStrictEqual([
        [stopsAfter, 'asked', 'first'],
        [over, 'forced', 'first'],
        [over, 'second', 'unsubscribe', true],
        [over, 'exceeded'],
      ]);
    });
  });
});

describe('a resource that is still being opened when the grace period is over', () => {
  const later = over + 10;
  /** At that time, whenever it is begun. */
  const at = (time: number): Observable<unknown> => defer(() => timer(time - asyncScheduler.now()));
  const opening = (acquire: Observable<unknown>) => (note: Note) =>
    withResource({
      acquire: () => acquire,
      use: () => {
        note('used');
        return NEVER;
      },
      release: (_, { signal }) => {
        note('released', signal.aborted);
      },
    });

  it.each(limits)('should be released once, when it has been opened, never used, of %s', (_, limit) => {
    expect(logOf((note) => limit(opening(at(later))(note)))).toStrictEqual([
      [over, 'exceeded'],
      [later, 'released', true],
    ]);
  });

  it.each(limits)('should not be released when it could not be opened, of %s', (_, limit) => {
    const failing = at(later).pipe(switchMap(() => throwError(() => new Error('acquire'))));

    expect(logOf((note) => limit(opening(failing)(note)))).toStrictEqual([[over, 'exceeded']]);
  });

  it.each(limits)('should be released once, never used, when it is opened before that, of %s', (_, limit) => {
    const log = logOf((note) => limit(opening(at(over - 10))(note)));

    expect(log.filter(([, what]) => what !== 'complete')).toStrictEqual([[over - 10, 'released', false]]);
  });

  it.each(limits)('should have those around it released at once, of %s', (_, limit) => {
    const log = logOf((note) => limit(resource(note, 'outer', () => opening(at(later))(note))));

    expect(log).toStrictEqual([
      [over, 'released', 'outer', true],
      [over, 'exceeded'],
      [later, 'released', true],
    ]);
  });
});

describe('work that nobody can leave', () => {
  it('should be told of once where two grace periods are over, one after the other', () => {
    const log = logOf((note) => {
      const x = runner({ run: () => NEVER, teardown: () => NEVER });
      const lifecycle = { next: ({ type, path }: LifecycleEvent) => path.length > 1 && note(type, path.join('/')) };
      return group({ inner: group({ x }, { grace: 60 }), end: timer(stopsAfter) }, { grace, lifecycle });
    });

    expect(log).toStrictEqual([
      [0, 'starting', 'inner/x'],
      [stopsAfter, 'stopping', 'inner/x'],
      [over, 'forced', 'inner/x'],
      [over, 'exceeded'],
    ]);
  });

  it.each<[string, (note: Note) => TeardownResult]>([
    ['an Observable', (note) => timer(50).pipe(tap(() => note('over')))],
    [
      'an Observable that waits for something by itself',
      (note) =>
        timer(50).pipe(
          map(() => drain(new Subscription(() => note('over')))),
          switchAll(),
        ),
    ],
  ])('should go on after the grace period, and be late: %s', (_, work) => {
    const log = logOf((note) => {
      const lifecycle = { next: ({ type, path }: LifecycleEvent) => path[0] === 'a' && note(type) };
      return group(
        { a: runner({ run: () => NEVER, teardown: () => work(note) }), end: timer(stopsAfter) },
        { grace, lifecycle },
      );
    });

    expect(log).toStrictEqual([
      [0, 'starting'],
      [stopsAfter, 'stopping'],
      [over, 'forced'],
      [over, 'exceeded'],
      [stopsAfter + 50, 'over'],
      [stopsAfter + 50, 'late'],
    ]);
  });
});

describe('a promise that a teardown waits for', () => {
  /** One that is stopped at once, and whose grace period is over when it is said so. */
  function programOf(teardown: (context: TeardownContext) => TeardownResult) {
    const end = new Subject<void>();
    const limit = new Subject<void>();
    const events: string[] = [];
    const lifecycle = { next: ({ type, path }: LifecycleEvent) => path[0] === 'a' && events.push(type) };
    const a = runner({ run: () => NEVER, teardown });
    const ended = lastValueFrom(group({ a, end }, { grace: limit, lifecycle }), { defaultValue: undefined }).catch(
      isGraceExceeded,
    );
    end.next();
    end.complete();
    return { limit, ended, events };
  }

  it('should be told by the signal, go on, and be late', async () => {
    let resolve!: () => void;
    const work = new Promise<void>((resolved) => (resolve = resolved));
    const log: string[] = [];
    const { limit, ended, events } = programOf(({ signal }) => {
      signal.addEventListener('abort', () => log.push('aborted'));
      return work;
    });

    limit.next();
    const exceeded = await ended;
    const before = [...events];
    resolve();
    await afterReports();

    expect([exceeded, log]).toStrictEqual([true, ['aborted']]);
    expect(before).toStrictEqual(['starting', 'stopping', 'forced']);
    expect(events).toStrictEqual([...before, 'late']);
  });

  it.each([...works.filter(({ what }) => !what.includes('takes its time'))])(
    'should reach $what that it has brought before',
    async ({ prepare }) => {
      const log: unknown[] = [];
      const teardown = prepare((...what) => log.push(what));
      const { limit, ended } = programOf(async () => {
        await Promise.resolve();
        return teardown();
      });
      await afterReports();

      limit.next();

      expect(await ended).toBe(true);
      expect(log.filter((entry) => (entry as unknown[])[0] === 'forced').length).toBeGreaterThan(0);
      expect(new Set(log.map(String)).size).toBe(log.length);
    },
  );

  it.each([...works.filter(({ what }) => !what.includes('takes its time'))])(
    'should reach $what that it brings after that, at once',
    async ({ prepare }) => {
      let resolve!: () => void;
      const gate = new Promise<void>((resolved) => (resolve = resolved));
      const log: unknown[] = [];
      const teardown = prepare((...what) => log.push(what));
      const { limit, ended, events } = programOf(async () => {
        await gate;
        return teardown();
      });

      limit.next();
      const exceeded = await ended;
      const before = log.length;
      resolve();
      await afterReports();

      expect([exceeded, before]).toStrictEqual([true, 0]);
      expect(log.filter((entry) => (entry as unknown[])[0] === 'forced').length).toBeGreaterThan(0);
      expect(new Set(log.map(String)).size).toBe(log.length);
      expect(events.at(-1)).toBe('late');
    },
  );
});
