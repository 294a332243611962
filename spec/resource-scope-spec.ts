import { describe, expect, it } from '@jest/globals';
import { finalize, merge, NEVER, of, switchMap, tap, throwError, timer, type Observable } from 'rxjs';
import {
  awaitTeardown,
  group,
  runner,
  start,
  withResource,
  type RunContext,
  type RunReport,
  type RunResult,
} from '../src/index.js';

type Log = string[];
type Use = (log: Log) => (context: RunContext) => RunResult;

const slowly = (log: Log, what: string): Observable<unknown> => timer(3).pipe(tap(() => log.push(what)));

/** Is ready when it says so, and takes a while to be torn down. */
const worker = (log: Log, name: string): Observable<never> =>
  runner({
    run: ({ ready }) => {
      setTimeout(ready, 3);
      return NEVER;
    },
    teardown: () => slowly(log, `${name} torn down`),
  });

const members = (log: Log): Observable<unknown> =>
  group({ a: worker(log, 'a'), b: runner(() => merge(timer(8), NEVER)) });

interface Work {
  readonly what: string;
  readonly use: Use;
  /** What is told while it is ready, and until all is over. */
  readonly expected: readonly string[];
}

const started = ['starting m', 'used'];
const isReady = ['ready m', 'starting other', 'ready other', 'ready'];
const stopping = ['stopping other', 'stopped other', 'stopping m'];
const released = ['released', 'stopped m'];

const inGroup = [
  ...started,
  'starting m/a',
  'starting m/b',
  'ready m/a',
  'ready m/b',
  ...isReady,
  ...stopping,
  'stopping m/a',
  'stopping m/b',
  'stopped m/b',
  'a torn down',
  'stopped m/a',
  ...released,
];

const works: readonly Work[] = [
  {
    what: 'values',
    use: () => () => merge(of('row'), NEVER),
    expected: [...started, ...isReady, ...stopping, ...released],
  },
  {
    what: 'a hand-written teardown',
    use: (log) => () =>
      merge(of('row'), NEVER).pipe(
        finalize(() => {
          awaitTeardown(slowly(log, 'torn down'));
        }),
      ),
    expected: [...started, ...isReady, ...stopping, 'torn down', ...released],
  },
  {
    what: 'nothing that is ever ready',
    use: () => () => NEVER,
    expected: [...started, 'refused other', 'stopping m', ...released, 'not ready'],
  },
  {
    what: 'its own ready()',
    use:
      () =>
      ({ ready }) => {
        setTimeout(ready, 3);
        return NEVER;
      },
    expected: [...started, ...isReady, ...stopping, ...released],
  },
  {
    what: 'a runner that says when it is ready',
    use: (log) => () => worker(log, 'worker'),
    expected: [...started, ...isReady, ...stopping, 'worker torn down', ...released],
  },
  { what: 'a group, ready when all are', use: (log) => () => members(log), expected: inGroup },
  { what: 'a promise of a group', use: (log) => () => Promise.resolve(members(log)), expected: inGroup },
  {
    what: 'a promise of a runner',
    use: (log) => () => Promise.resolve(worker(log, 'worker')),
    expected: [...started, ...isReady, ...stopping, 'worker torn down', ...released],
  },
  {
    what: 'a resource of its own',
    use: (log) => () =>
      withResource({
        acquire: () => Promise.resolve(2),
        use: () => members(log),
        release: () => slowly(log, 'inner released'),
      }),
    expected: [...inGroup.slice(0, -2), 'inner released', ...released],
  },
];

/** What has a scope of its own in which it is used: a resource, however it is opened, and a runner. */
const scopes: readonly (readonly [how: string, scope: (log: Log, use: Use) => Observable<unknown>])[] = [
  ...(
    [
      ['a resource that is there', () => 1],
      ['a resource that a promise brings', () => Promise.resolve(1)],
      ['a resource that an Observable brings at once', () => of(1)],
      ['a resource that an Observable brings later', () => timer(2)],
    ] as const
  ).map(
    ([how, acquire]) =>
      [
        how,
        (log: Log, use: Use) =>
          withResource({
            acquire: (): unknown => acquire(),
            use: (_, context): RunResult => {
              log.push('used');
              return use(log)(context);
            },
            release: () => void log.push('released'),
          }),
      ] as const,
  ),
  [
    'a runner, which releases nothing',
    (log, use) =>
      runner((context): RunResult => {
        log.push('used');
        return use(log)(context);
      }),
  ],
];

/** Starts it with another that needs it, stops both when they are ready, or never are, and tells of all that happens. */
async function told(
  scope: (log: Log) => Observable<unknown>,
): Promise<{ log: Log; during: RunReport; after: RunReport }> {
  const log: Log = [];
  const other = runner({ run: () => merge(of('other'), NEVER) });
  const run = start(group({ m: scope(log), other }, { needs: { other: ['m'] } }), undefined, {
    lifecycle: { next: ({ type, path }) => log.push(`${type} ${path.join('/')}`) },
  });
  const ready = run.ready.then(
    () => log.push('ready'),
    () => log.push('not ready'),
  );
  await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, 30))]);
  const during = run.report();
  await run.stop();
  await ready;
  return { log, during, after: run.report() };
}

describe('what is used within a scope', () => {
  describe.each(scopes)('of %s', (how, scope) => {
    // whoever writes a runner around a runner says itself when it is ready
    const those = how.startsWith('a runner')
      ? works.filter(({ what }) => !/^a (promise of a )?runner/.test(what))
      : works;
    it.each(those)('should be awaited, told of, and waited for until it is ready: $what', async ({ use, expected }) => {
      const { log } = await told((entries) => scope(entries, use));

      expect(log).toStrictEqual(how.includes('nothing') ? expected.filter((entry) => entry !== 'released') : expected);
    });

    it.each(works.filter(({ expected }) => expected.includes('ready m/a')))(
      'should be in the report, with the members of $what',
      async ({ use }) => {
        const { during, after } = await told((entries) => scope(entries, use));
        const states = ({ members: all }: RunReport) =>
          Object.entries(all)
            .map(([path, { state }]) => [path, state])
            .sort();

        expect(states(during)).toStrictEqual([
          ['m', 'ready'],
          ['m/a', 'ready'],
          ['m/b', 'ready'],
          ['other', 'ready'],
        ]);
        expect(states(after).map(([, state]) => state)).toStrictEqual(['stopped', 'stopped', 'stopped', 'stopped']);
      },
    );

    it('should have the path of a member that fails in there', async () => {
      const failing = throwError(() => new Error('down'));

      const run = start(group({ m: scope([], () => () => group({ inner: timer(2).pipe(switchMap(() => failing)) })) }));

      await expect(run.done).rejects.toMatchObject({ failures: [{ path: ['m', 'inner'], phase: 'run' }] });
    });

    it('should have the path of a member that cannot be torn down in there', async () => {
      const stuck = runner({ run: () => NEVER, teardown: () => Promise.reject(new Error('stuck')) });

      const run = start(group({ m: scope([], () => () => group({ inner: stuck })) }));
      await new Promise((resolve) => setTimeout(resolve, 10));

      await expect(run.stop()).rejects.toMatchObject({ failures: [{ path: ['m', 'inner'], phase: 'teardown' }] });
    });
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('acquire');
      },
    ],
    ['rejects', () => Promise.reject(new Error('acquire'))],
    ['errs', () => throwError(() => new Error('acquire'))],
    ['errs later', () => timer(2).pipe(switchMap(() => throwError(() => new Error('acquire'))))],
  ])('should not begin when acquire %s: nothing is used, released, ready, or started after it', async (_, acquire) => {
    const log: Log = [];
    const m = withResource({
      acquire,
      use: () => {
        log.push('used');
        return NEVER;
      },
      release: () => void log.push('released'),
    });

    const run = start(group({ m, other: NEVER }, { needs: { other: ['m'] } }), undefined, {
      lifecycle: { next: ({ type, path }) => log.push(`${type} ${path.join('/')}`) },
    });

    await expect(run.done).rejects.toMatchObject({ failures: [{ path: ['m'], phase: 'run' }] });
    await expect(run.ready).rejects.toThrow('acquire');
    expect(log).toStrictEqual(['starting m', 'failed m', 'refused other']);
  });
});
