import { afterEach, describe, expect, it } from '@jest/globals';
import { config, EMPTY, finalize, map, merge, NEVER, Observable, of, Subject, switchMap, takeUntil, timer } from 'rxjs';
import {
  awaitTeardown,
  drain,
  group,
  restart,
  runner,
  start,
  withResource,
  type RestartOptions,
  type RunGroupError,
} from '../src/index.js';
import { run } from './helpers/marbles.js';
import { owners, type OwnerOf } from './helpers/owners.js';
import { failing, failingToTearDown, tearingDown } from './helpers/teardowns.js';
import { afterReports } from './helpers/unhandled.js';

/** Who is told of it. */
type Whom = 'outcome' | 'stopped' | 'unhandled';
/** Who was told of what, call by call. */
type Told = readonly (readonly [whom: Whom, ...messages: string[]])[];

/** What an error says, taken apart where it holds others. */
function messagesOf(error: unknown): readonly string[] {
  const { errors = [], message } = error as Partial<RunGroupError>;
  return errors.length > 0 ? errors.flatMap(messagesOf).sort() : [String(message)];
}

/** Subscribes to a source, and leaves it 10 ms later; `outcome` is called with what the one who waits is told. */
type Leave = (source: Observable<unknown>, outcome: (error: unknown) => void) => Promise<void> | undefined;

/** Who is told what, in all, in virtual time. */
async function toldOf(leave: Leave, source: Observable<unknown>): Promise<Told> {
  const told: [Whom, ...string[]][] = [];
  const tell = (whom: Whom) => (error: unknown) => void told.push([whom, ...messagesOf(error)]);
  config.onUnhandledError = tell('unhandled');
  config.onStoppedNotification = (notification) => {
    if (notification.kind === 'E') tell('stopped')(notification.error);
  };
  let waited: Promise<void> | undefined;
  run(() => {
    waited = leave(source, tell('outcome'));
  });
  await waited;
  return told;
}

afterEach(() => {
  config.onUnhandledError = null;
  config.onStoppedNotification = null;
});

const after = (ms: number, error?: string): Observable<never> =>
  timer(ms).pipe(switchMap(() => (error === undefined ? EMPTY : failing(new Error(error)))));

interface Situation {
  readonly what: string;
  readonly source: () => Observable<unknown>;
  /** What it had failed with before it was left. */
  readonly before?: readonly string[];
  /** What it fails with after that, and whatever a teardown fails with. */
  readonly rest?: readonly string[];
}

const situations: readonly Situation[] = [
  {
    what: 'a run that has failed while it was subscribed to',
    source: () => failing(new Error('run')).pipe(tearingDown(after(30))),
    before: ['run'],
  },
  {
    what: 'a run that has thrown while it was subscribed to',
    source: () =>
      new Observable((subscriber) => {
        subscriber.add(() => {
          awaitTeardown(after(30));
        });
        throw new Error('run');
      }),
    before: ['run'],
  },
  {
    what: 'a run that has failed',
    source: () => after(5, 'run').pipe(tearingDown(after(30))),
    before: ['run'],
  },
  {
    what: 'a run that has failed, whose teardown fails, too',
    source: () => after(5, 'run').pipe(tearingDown(after(30, 'teardown'))),
    before: ['run'],
    rest: ['teardown'],
  },
  {
    what: 'a run that has failed, one of whose teardowns had failed, too',
    source: () => after(5, 'run').pipe(tearingDown(after(2, 'teardown')), tearingDown(after(30))),
    before: ['run'],
    rest: ['teardown'],
  },
  {
    what: 'a run whose teardown fails',
    source: () => NEVER.pipe(tearingDown(after(30, 'teardown'))),
    rest: ['teardown'],
  },
  {
    what: 'a run whose finalizer throws',
    source: () => NEVER.pipe(failingToTearDown(new Error('teardown'))),
    rest: ['teardown'],
  },
  {
    what: 'a run that has completed, whose teardown fails',
    source: () => after(5).pipe(tearingDown(after(30, 'teardown'))),
    rest: ['teardown'],
  },
  {
    what: 'a run that fails after that',
    source: () =>
      withResource({
        acquire: () => after(25, 'run'),
        use: () => NEVER,
        release: () => undefined,
      }),
    rest: ['run'],
  },
  {
    what: 'a run that fails with nothing',
    source: () => after(5).pipe(tearingDown(after(30))),
  },
];

const unsubscribed: Leave = (source, error) => {
  const subscription = source.subscribe({ error });
  timer(10).subscribe(() => {
    subscription.unsubscribe();
  });
  return undefined;
};

const leftInGroup: Leave = (source, error) => {
  group({ member: source.pipe(takeUntil(timer(10))), other: timer(20) }).subscribe({ error });
  return undefined;
};

const alone: readonly (readonly [how: string, leave: Leave])[] = [
  ['by unsubscribe()', unsubscribed],
  [
    'by takeUntil',
    (source, error) => {
      source.pipe(takeUntil(timer(10))).subscribe({ error });
      return undefined;
    },
  ],
  [
    'by switchMap',
    (source, error) => {
      merge(of(source), timer(10).pipe(map(() => EMPTY)))
        .pipe(switchMap((each: Observable<unknown>) => each))
        .subscribe({ error });
      return undefined;
    },
  ],
];

const waitedFor: readonly (readonly [how: string, leave: Leave])[] = [
  ['by takeUntil in a group', leftInGroup],
  [
    'by switchMap in a group',
    (source, error) => {
      const other = timer(10).pipe(map(() => EMPTY));
      const member = merge(of(source), other).pipe(switchMap((each: Observable<unknown>) => each));
      group({ member, last: timer(20) }, { until: ['last'] }).subscribe({ error });
      return undefined;
    },
  ],
  [
    'by the stop of a group in a group',
    (source, error) => {
      group([group({ source }, { until: 'all' }), group([timer(10), NEVER])]).subscribe({ error });
      return undefined;
    },
  ],
  [
    'by the stop of a group with needs',
    (source, error) => {
      const options = { until: ['last'], needs: { last: ['first'] } } as const;
      group({ first: of(1), source, last: timer(10) }, options).subscribe({ error });
      return undefined;
    },
  ],
  [
    'by drain',
    (source, error) => {
      const subscription = source.subscribe({ error });
      timer(10)
        .pipe(switchMap(() => drain(subscription)))
        .subscribe({ error });
      return undefined;
    },
  ],
  [
    'by the stop of a run',
    (source, error) => {
      const program = start(source);
      timer(10).subscribe(() => void program.stop());
      return program.done.catch(error);
    },
  ],
];

/** The owner within each other, and within that another, so that each comes across each. */
function aroundOf(owner: OwnerOf): readonly { readonly name: string; readonly nested: OwnerOf }[] {
  return owners.flatMap(([name, around], index) => {
    const [outerName, outer] = owners[(index + 7) % owners.length] ?? [];
    return [
      { name, nested: (source) => around(owner(source)) },
      { name: `${name}, in ${outerName ?? ''}`, nested: (source) => outer?.(around(owner(source))) ?? source },
    ];
  });
}

describe.each(situations)('$what, left', ({ source, before = [], rest = [] }) => {
  const toNobody: Told = [
    ...(before.length > 0 ? [['stopped', ...before] as const] : []),
    ...(rest.length > 0 ? [['unhandled', ...rest] as const] : []),
  ];
  const toWhoWaits: Told = before.length + rest.length > 0 ? [['outcome', ...before, ...rest]] : [];

  describe.each(owners)('in the care of %s', (_, owner) => {
    it.each(alone)(
      'should be told of once, %s, as what came too late, or as what nobody handles',
      async (__, leave) => {
        expect(await toldOf(leave, owner(source()))).toStrictEqual(toNobody);
      },
    );

    it.each(waitedFor)('should be told of once, %s, to the one who waits', async (__, leave) => {
      expect(await toldOf(leave, owner(source()))).toStrictEqual(toWhoWaits);
    });

    it('should be told of once when it is left from within its own teardown', async () => {
      const leave: Leave = (left, error) => {
        left.pipe(takeUntil(merge(timer(10), tornDown))).subscribe({ error });
        return undefined;
      };
      const tornDown = new Subject<void>();
      const whenTornDown = finalize<unknown>(() => {
        tornDown.next();
      });

      expect(await toldOf(leave, owner(source().pipe(whenTornDown)))).toStrictEqual(toNobody);
    });

    it('should be told of once in the care of others around that, too, whoever they are', async () => {
      const told: unknown[] = [];
      const expected: unknown[] = [];
      for (const { name, nested } of aroundOf(owner)) {
        told.push([name, await toldOf(unsubscribed, nested(source())), await toldOf(leftInGroup, nested(source()))]);
        expected.push([name, toNobody, toWhoWaits]);
      }

      expect(told).toStrictEqual(expected);
    });
  });
});

describe('a failure with the one who waits for it left', () => {
  const supervised = (teardown: Observable<unknown> = after(30)): Observable<unknown> =>
    after(5, 'run').pipe(tearingDown(teardown), restart({ delay: 1_000 }));

  it.each<[string, Leave, Told]>([
    ...waitedFor.map(([how, leave]): [string, Leave, Told] => [how, leave, []]),
    ...alone.map(([how, leave]): [string, Leave, Told] => [how, leave, [['stopped', 'run']]]),
  ])(
    'should be none after which restart had run the source again, %s: only what nobody waits for comes too late',
    async (_, leave, expected) => {
      expect(await toldOf(leave, supervised())).toStrictEqual(expected);
    },
  );

  it.each<[string, Leave, Told]>([
    ...waitedFor.map(([how, leave]): [string, Leave, Told] => [how, leave, [['outcome', 'teardown']]]),
    ...alone.map(([how, leave]): [string, Leave, Told] => [
      how,
      leave,
      [
        ['stopped', 'run'],
        ['unhandled', 'teardown'],
      ],
    ]),
  ])('should be that of the teardown in which restart was stopped, %s', async (_, leave, expected) => {
    expect(await toldOf(leave, supervised(after(30, 'teardown')))).toStrictEqual(expected);
  });

  it.each(owners)('should be none of what restart had run again in the care of %s', async (_, owner) => {
    expect(await toldOf(leftInGroup, owner(supervised()))).toStrictEqual([]);
  });

  describe.each(owners)('that restart would have run again: in %s', (_, owner) => {
    it.each(waitedFor)('should be none, %s', async (__, leave) => {
      const failed = owner(after(5, 'run').pipe(tearingDown(after(30))));

      expect(await toldOf(leave, failed.pipe(restart({ delay: 1_000 })))).toStrictEqual([]);
    });

    it.each(alone)('should have come too late, %s', async (__, leave) => {
      const failed = owner(after(5, 'run').pipe(tearingDown(after(30))));

      expect(await toldOf(leave, failed.pipe(restart({ delay: 1_000 })))).toStrictEqual([['stopped', 'run']]);
    });
  });

  it.each<[string, RestartOptions]>([
    ['which end counts', { on: 'completion' }],
    ['the limit', { limit: 0 }],
    ['unless', { unless: (error) => error instanceof Error }],
  ])('should be that of a runner, too, which would have been final by %s', async (_, options) => {
    const failed = runner(() => after(5, 'run').pipe(tearingDown(after(30))));

    for (const [, leave] of waitedFor)
      expect(await toldOf(leave, failed.pipe(restart(options)))).toStrictEqual([['outcome', 'run']]);
  });

  it('should be none of several for which restart would have run a group again, once', async () => {
    const failed = (): Observable<unknown> => after(5, 'run').pipe(tearingDown(after(30)));
    const both = group([failed(), failed()], { until: 'all' });

    for (const [, leave] of waitedFor)
      expect(await toldOf(leave, both.pipe(restart({ delay: 1_000, limit: 1 })))).toStrictEqual([]);
  });

  it.each(alone)('should be the first alone of a group that passes the first on, %s', async (_, leave) => {
    const members = [after(5, 'run').pipe(tearingDown(after(30, 'teardown'))), after(5, 'second')];

    expect(await toldOf(leave, group(members, { errors: 'first' }))).toStrictEqual([['stopped', 'run']]);
  });

  it('should have come too late where a lifecycle observer leaves because of it', async () => {
    const leave: Leave = (source, error) => {
      source.pipe(takeUntil(stopping)).subscribe({ error });
      return undefined;
    };
    const stopping = new Subject<void>();
    const lifecycle = { next: ({ type }: { type: string }) => type === 'stopping' && stopping.next() };
    const members = { failing: after(5, 'run').pipe(tearingDown(after(30))), other: NEVER };

    expect(await toldOf(leave, group(members, { lifecycle }))).toStrictEqual([['stopped', 'run']]);
  });
});

describe('a promise of a run', () => {
  const said: string[] = [];

  function hearAll(): void {
    said.length = 0;
    config.onUnhandledError = (error) => said.push(`unhandled ${messagesOf(error).join()}`);
    config.onStoppedNotification = (notification) => {
      if (notification.kind === 'E') said.push(`stopped ${messagesOf(notification.error).join()}`);
    };
  }

  it.each(owners)(
    'should have been rejected too late in the care of %s, which is left before its teardown is over',
    async (_, owner) => {
      hearAll();
      const tornDown = new Subject<never>();
      const source = runner(() => Promise.reject(new Error('run'))).pipe(tearingDown(tornDown));
      const subscription = owner(source).subscribe();
      await afterReports();

      subscription.unsubscribe();
      tornDown.complete();
      await afterReports();

      expect(said).toStrictEqual(['stopped run']);
    },
  );

  it.each(owners)(
    'should be handled by nobody in the care of %s, rejected when that has been left',
    async (_, owner) => {
      hearAll();
      let reject!: (error: Error) => void;
      const source = runner(() => new Promise<never>((_resolve, rejected) => (reject = rejected)));
      const subscription = owner(source).subscribe();
      await afterReports();

      subscription.unsubscribe();
      reject(new Error('run'));
      await afterReports();

      expect(said).toStrictEqual(['unhandled run']);
    },
  );
});
