import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  config,
  finalize,
  lastValueFrom,
  merge,
  NEVER,
  Observable,
  of,
  timer,
  type Subscription,
  type ObservableInput,
} from 'rxjs';
import {
  awaitTeardown,
  drain,
  finalizeAsync,
  group,
  runner,
  withResource,
  type RunFunction,
  type RunResult,
  type TeardownResult,
} from '../src/index.js';
import { owners } from './helpers/owners.js';
import { afterReports, unhandled } from './helpers/unhandled.js';

type Running = (run: RunFunction) => Observable<unknown>;

/** What runs a function that may return a promise of what is to be run. */
const runs: readonly (readonly [where: string, running: Running])[] = [
  ['run', (run) => runner(run)],
  ['use', (use) => withResource({ acquire: () => 1, use: (_, context) => use(context), release: () => undefined })],
  [
    'use of what a promise has opened',
    (use) =>
      withResource({
        acquire: () => Promise.resolve(1),
        use: (_, context) => use(context),
        release: () => undefined,
      }),
  ],
  ['a member', (run) => group([run])],
  ['a member of a group with needs', (run) => group({ api: run }, { needs: { api: [] } })],
  ['a run in a promise of a run', (run) => runner(() => Promise.resolve(runner(run)))],
  ...owners.map(([name, owner]): readonly [string, Running] => [
    `run in ${name}`,
    // most of them have an idle member: the end of this one is theirs
    (run) => owner(runner(run)),
  ]),
];

interface Thing {
  readonly what: string;
  /** Emits 1, and then goes on; tells when it is begun, and let go of. */
  readonly thing: (log: string[]) => ObservableInput<number>;
  /** What it says when it was never begun. */
  readonly unbegun: readonly string[];
}

async function* generator(log: string[]): AsyncGenerator<number> {
  log.push('begun');
  try {
    yield 1;
    // where return() takes effect
    for (;;) yield await new Promise<number>((resolve) => setTimeout(resolve, 1, 1));
  } finally {
    log.push('let go');
  }
}

const things: readonly Thing[] = [
  {
    what: 'an Observable',
    thing: (log) =>
      merge(
        of(1),
        new Observable<number>(() => {
          log.push('begun');
          return () => log.push('let go');
        }),
      ),
    unbegun: [],
  },
  {
    what: 'a runner',
    thing: (log) =>
      runner({
        run: () => {
          log.push('begun');
          return merge(of(1), NEVER);
        },
        teardown: () => void log.push('let go'),
      }),
    unbegun: [],
  },
  {
    what: 'a group',
    thing: (log) =>
      group([
        runner({
          run: () => {
            log.push('begun');
            return merge(of(1), NEVER);
          },
          teardown: () => void log.push('let go'),
        }),
      ]),
    unbegun: [],
  },
  { what: 'an async generator', thing: generator, unbegun: [] },
  {
    what: 'an async iterator that is open from the start',
    thing: (log) => {
      let close: (() => void) | undefined;
      const iterator: AsyncIterableIterator<number> = {
        next: () => {
          if (log.push('begun') === 1) return Promise.resolve({ done: false, value: 1 });
          return new Promise((resolve) => {
            close = () => {
              resolve({ done: true, value: undefined });
            };
          });
        },
        return: () => {
          log.push('let go');
          close?.();
          return Promise.resolve({ done: true, value: undefined });
        },
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    },
    unbegun: ['let go'],
  },
  {
    what: 'a ReadableStream',
    thing: (log) =>
      new ReadableStream<number>(
        {
          pull(controller) {
            if (log.push('begun') === 1) controller.enqueue(1);
            return log.length > 1 ? new Promise(() => undefined) : undefined;
          },
          cancel: () => void log.push('let go'),
        },
        { highWaterMark: 0 },
      ),
    unbegun: ['let go'],
  },
];

describe('a promise of what is to be run', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  describe.each(runs)('from %s', (_, running) => {
    it.each(things)('should run $what in its place, and let go of it when it is stopped', async ({ thing }) => {
      const log: string[] = [];
      const values: unknown[] = [];
      const subscription = running(() => Promise.resolve(thing(log))).subscribe((value) => values.push(value));
      await afterReports();
      const before = [log.at(0), values.at(0)];

      await drained(subscription);

      expect(before).toStrictEqual(['begun', 1]);
      expect(log.filter((entry) => entry === 'let go')).toStrictEqual(['let go']);
    });

    it.each(things)(
      'should not begin $what that it brings after the stop, and let go of it',
      async ({ thing, unbegun }) => {
        const errors = unhandled();
        const log: string[] = [];
        const values: unknown[] = [];
        let bring!: (thing: ObservableInput<number>) => void;
        const promise = new Promise<ObservableInput<number>>((resolve) => (bring = resolve));
        const subscription = running(() => promise).subscribe((value) => values.push(value));
        await afterReports();

        const isDrained = drained(subscription);
        bring(thing(log));
        await isDrained;
        await afterReports();

        expect([log, values, errors]).toStrictEqual([unbegun, [], []]);
      },
    );

    it.each<[string, RunResult, unknown]>([
      ['an array', Promise.resolve([1, 2]), [1, 2]],
      ['a string', Promise.resolve('abc'), 'abc'],
      ['a Map', Promise.resolve(new Map([[1, 2]])), new Map([[1, 2]])],
      ['null', Promise.resolve(null), null],
    ])('should have %s as its value', async (__, promise, expected) => {
      const values: unknown[] = [];
      const subscription = running(() => promise).subscribe((value) => values.push(value));
      await afterReports();

      await drained(subscription);

      expect(values).toStrictEqual([expected]);
    });
  });
});

type Working = (work: () => TeardownResult) => Observable<unknown>;

/** What waits for the work of a function, by the name that its errors have. */
const works: readonly (readonly [where: string, working: Working])[] = [
  ['teardown', (teardown) => runner({ run: () => NEVER, teardown })],
  ['release', (release) => withResource({ acquire: () => 1, use: () => NEVER, release })],
  ['finalizeAsync', (work) => NEVER.pipe(finalizeAsync(work))],
  [
    'awaitTeardown',
    (work) =>
      NEVER.pipe(
        finalize(() => {
          awaitTeardown(work);
        }),
      ),
  ],
];

describe('a promise of work', () => {
  const ending = (log: string[]) => [
    ['an Observable', () => timer(5).pipe(finalize(() => log.push('over')))],
    ['a runner', () => runner(() => timer(5).pipe(finalize(() => log.push('over'))))],
    ['a group', () => group([timer(5).pipe(finalize(() => log.push('over')))])],
    ['an async generator', () => firstOf(log)],
  ];

  describe.each(works)('from %s', (where, working) => {
    it.each(['an Observable', 'a runner', 'a group', 'an async generator'])(
      'should wait for %s that it brings',
      async (what) => {
        const log: string[] = [];
        const [, work] = ending(log).find(([name]) => name === what) as [string, () => ObservableInput<unknown>];

        const slowly = async (): Promise<ObservableInput<unknown>> => {
          await afterReports();
          return work();
        };
        await drained(working(slowly).subscribe());
        log.push('drained');

        expect(log).toStrictEqual(['over', 'drained']);
      },
    );

    it('should fail with what it brings', async () => {
      const failing = (): Promise<Observable<never>> =>
        Promise.resolve(
          new Observable<never>((subscriber) => {
            subscriber.error(new Error('brought'));
          }),
        );

      await expect(drained(working(failing).subscribe())).rejects.toThrow('brought');
    });

    it.each<[string, object]>([
      ['close', Object.assign(new EventEmitter(), { close: () => undefined })],
      ['end', Object.assign(new EventEmitter(), { end: () => undefined })],
    ])('should refuse what has on() and %s(), in a promise and out of it, by its own name', async (__, server) => {
      const expected = `${where}: what it returns must be a promise of its end, or nothing (write braces)`;

      for (const work of [() => server, () => Promise.resolve(server)] as (() => TeardownResult)[])
        await expect(drained(working(work).subscribe())).rejects.toThrow(expected);
    });

    it.each([[[1, 2]], ['abc'], [1], [true], [null]])('should take %p that it brings for nothing', async (value) => {
      const log: unknown[] = [];

      await drained(working(() => Promise.resolve(value)).subscribe());
      log.push('drained');

      expect(log).toStrictEqual(['drained']);
    });
  });
});

async function drained(subscription: Subscription): Promise<void> {
  await lastValueFrom(drain(subscription), { defaultValue: undefined });
}

async function* firstOf(log: string[]): AsyncGenerator<number> {
  await afterReports();
  yield 1;
  log.push('over');
}
