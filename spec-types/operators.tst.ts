import {
  BehaviorSubject,
  NEVER,
  of,
  Subject,
  Subscription,
  type MonoTypeOperatorFunction,
  type Observable,
  type ObservableInput,
} from 'rxjs';
import { describe, expect, test } from 'tstyche';
import {
  awaitTeardown,
  detached,
  drain,
  exclusive,
  exponentialBackoff,
  failureDecay,
  finalizeAsync,
  named,
  restart,
  runWhile,
  runner,
  settle,
  shareResource,
  start,
  stopWhen,
  switchRun,
  withResource,
  type DelayStrategy,
  type FinalizeKind,
  type LifecycleEvent,
  type MemberReport,
  type Run,
  type RunContext,
  type RunGroupError,
  type RunReport,
  type SharedResource,
  type SharedResourceDefinition,
  type TeardownContext,
} from 'rx-runner';

describe('settle', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(settle())).type.toBe<Observable<number>>();
    expect(of('a').pipe(settle({ grace: 10 }))).type.toBe<Observable<string>>();
    expect(settle<number>()).type.toBe<MonoTypeOperatorFunction<number>>();
  });

  test('takes a grace period only', () => {
    expect(settle).type.toBeCallableWith({ grace: NEVER });
    expect(settle).type.not.toBeCallableWith(10);
    expect(settle).type.not.toBeCallableWith({ grace: true });
    expect(settle).type.not.toBeCallableWith({ until: 'all' });
  });
});

describe('stopWhen', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(stopWhen(NEVER))).type.toBe<Observable<number>>();
    expect(of(1).pipe(stopWhen(new AbortController().signal, { grace: 10 }))).type.toBe<Observable<number>>();
  });

  test('takes any ObservableInput, or an AbortSignal', () => {
    expect(stopWhen).type.toBeCallableWith(new Subject<string>());
    expect(stopWhen).type.toBeCallableWith(Promise.resolve(1));
    expect(stopWhen).type.toBeCallableWith([1]);
    expect(stopWhen).type.toBeCallableWith(AbortSignal.abort());
  });

  test('refuses anything else', () => {
    expect(stopWhen).type.not.toBeCallableWith();
    expect(stopWhen).type.not.toBeCallableWith(5);
    expect(stopWhen).type.not.toBeCallableWith(() => NEVER);
    expect(stopWhen).type.not.toBeCallableWith(new AbortController());
    expect(stopWhen).type.not.toBeCallableWith(NEVER, 5);
  });
});

describe('finalizeAsync', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(finalizeAsync(() => undefined))).type.toBe<Observable<number>>();
    expect(
      of(1).pipe(
        finalizeAsync(async () => {
          await Promise.resolve();
        }),
      ),
    ).type.toBe<Observable<number>>();
  });

  test('tells the callback how the source ended, and its context', () => {
    finalizeAsync((kind, context) => {
      expect(kind).type.toBe<FinalizeKind>();
      expect(context).type.toBe<TeardownContext>();
    });
    expect<FinalizeKind>().type.toBe<'complete' | 'error' | 'unsubscribe'>();
  });

  test('refuses what is no callback', () => {
    expect(finalizeAsync).type.not.toBeCallableWith();
    expect(finalizeAsync).type.not.toBeCallableWith(NEVER);
    expect(finalizeAsync).type.toBeCallableWith(() => 1);
    expect(finalizeAsync).type.not.toBeCallableWith(() => ({ close: () => 1 }));
  });
});

describe('named', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(named('api'))).type.toBe<Observable<number>>();
  });

  test('takes a string', () => {
    expect(named).type.not.toBeCallableWith();
    expect(named).type.not.toBeCallableWith(1);
  });
});

describe('withResource', () => {
  test('has the values of its use, and hands the resource on', () => {
    const result = withResource({
      name: 'db',
      acquire: (context) => {
        expect(context).type.toBe<RunContext>();
        return Promise.resolve({ query: () => of(1) });
      },
      use: (db, context) => {
        expect(context).type.toBe<RunContext>();
        return db.query();
      },
      release: (db, context) => {
        expect(db.query).type.toBe<() => Observable<number>>();
        expect(context).type.toBe<TeardownContext>();
      },
    });

    expect(result).type.toBe<Observable<number>>();
  });

  test('takes a resource in several ways', () => {
    expect(withResource({ acquire: () => 1, use: (one) => of(one), release: () => undefined })).type.toBe<
      Observable<number>
    >();
    expect(withResource({ acquire: () => of('a'), use: (a) => of(a), release: () => undefined })).type.toBe<
      Observable<string>
    >();
    expect(
      withResource({
        acquire: () => 1,
        use: async () => {
          await Promise.resolve();
        },
        release: async () => {
          await Promise.resolve();
        },
      }),
    ).type.toBe<Observable<never>>();
  });

  test('has the values of what the promise of its use brings', () => {
    expect(
      withResource({ acquire: () => 1, use: async () => Promise.resolve(of('a')), release: () => undefined }),
    ).type.toBe<Observable<string>>();
  });

  test('needs all three', () => {
    expect(withResource).type.not.toBeCallableWith({ acquire: () => 1, use: () => NEVER });
    expect(withResource).type.not.toBeCallableWith({ acquire: () => 1, release: () => undefined });
    expect(withResource).type.not.toBeCallableWith({ use: () => NEVER, release: () => undefined });
  });
});

describe('shareResource', () => {
  test('hands the resource on, and has the values of what its users return', () => {
    const database = shareResource({
      name: 'database',
      acquire: (context) => {
        expect(context).type.toBe<Pick<RunContext, 'signal'>>();
        return Promise.resolve({ query: () => of(1) });
      },
      release: (db, context) => {
        expect(db.query).type.toBe<() => Observable<number>>();
        expect(context).type.toBe<TeardownContext>();
      },
    });

    expect(database).type.toBe<SharedResource<{ query: () => Observable<number> }>>();
    expect(
      database.use((db, context) => {
        expect(context).type.toBe<RunContext>();
        return db.query();
      }),
    ).type.toBe<Observable<number>>();
    expect(database.use(() => undefined)).type.toBe<Observable<never>>();
    expect(database.use(() => ['a'])).type.toBe<Observable<string>>();
    expect(database.use(async () => Promise.resolve(of('a')))).type.toBe<Observable<string>>();
    expect(
      database.use(async () => {
        await Promise.resolve();
      }),
    ).type.toBe<Observable<never>>();
  });

  test('takes a resource in several ways', () => {
    expect(shareResource({ acquire: () => 1, release: () => undefined })).type.toBe<SharedResource<number>>();
    expect(shareResource({ acquire: () => of('a'), release: () => undefined })).type.toBe<SharedResource<string>>();
    expect(
      shareResource({
        acquire: async () => Promise.resolve('a'),
        release: async () => {
          await Promise.resolve();
        },
      }),
    ).type.toBe<SharedResource<string>>();
  });

  test('needs both, and a project', () => {
    expect(shareResource).type.not.toBeCallableWith({ acquire: () => 1 });
    expect(shareResource).type.not.toBeCallableWith({ release: () => undefined });
    expect(shareResource).type.not.toBeCallableWith({ name: 1, acquire: () => 1, release: () => undefined });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- only its type matters
    const { use } = shareResource({ acquire: () => 1, release: () => undefined });
    expect(use).type.not.toBeCallableWith();
    expect(use).type.not.toBeCallableWith(NEVER);
    expect(use).type.not.toBeCallableWith(() => 1);
    expect(use).type.not.toBeCallableWith((one: string) => of(one));
  });

  test('can be implemented by a class', () => {
    class Pool {
      acquire(): Promise<number> {
        return Promise.resolve(1);
      }

      release(pool: number): void {
        pool.toFixed();
      }
    }

    expect<SharedResourceDefinition<number>>().type.toBeAssignableFrom<Pool>();
    expect(shareResource(new Pool())).type.toBe<SharedResource<number>>();
  });
});

describe('awaitTeardown', () => {
  test('takes work, or a function that returns some, or nothing', () => {
    expect(awaitTeardown).type.toBeAssignableTo<(work: ObservableInput<unknown>) => void>();
    expect(awaitTeardown).type.toBeCallableWith(NEVER);
    expect(awaitTeardown).type.toBeCallableWith(Promise.resolve());
    expect(awaitTeardown).type.toBeCallableWith(async () => {
      await Promise.resolve();
    });
    expect(awaitTeardown).type.toBeCallableWith(() => undefined);
    awaitTeardown((context) => {
      expect(context).type.toBe<TeardownContext>();
    });
  });

  test('refuses anything else', () => {
    expect(awaitTeardown).type.not.toBeCallableWith();
    expect(awaitTeardown).type.not.toBeCallableWith(1);
    expect(awaitTeardown).type.toBeCallableWith(() => 1);
    expect(awaitTeardown).type.not.toBeCallableWith(() => ({ close: () => 1 }));
  });
});

describe('detached', () => {
  test('returns what its function returns', () => {
    expect(detached(() => 1)).type.toBe<number>();
    expect(detached).type.not.toBeCallableWith(1);
  });
});

describe('drain', () => {
  test('takes what can be unsubscribed', () => {
    expect(drain(new Subscription())).type.toBe<Observable<void>>();
    expect(drain).type.toBeCallableWith({ unsubscribe: () => undefined }, { grace: 10 });
    expect(drain).type.not.toBeCallableWith(NEVER);
    expect(drain).type.not.toBeCallableWith(new Subscription(), 10);
  });
});

describe('start', () => {
  test('returns a run', () => {
    const run = start(of(1));

    expect(run).type.toBe<Run>();
    expect(run.done).type.toBe<Promise<void>>();
    expect(run.stop('why')).type.toBe<Promise<void>>();
    expect(run.closed).type.toBe<boolean>();
    expect(run[Symbol.asyncDispose]()).type.toBeAssignableTo<PromiseLike<void>>();
  });

  test('says when it is ready, and how it is', () => {
    const run = start(of(1), {}, { lifecycle: new Subject<LifecycleEvent>() });
    const report = run.report();

    expect(run.ready).type.toBe<Promise<void>>();
    expect(report).type.toBe<RunReport>();
    expect(report).type.toBeAssignableTo<MemberReport>();
    expect(report.members).type.toBe<Readonly<Record<string, MemberReport>>>();
    expect(report.stopping).type.toBe<readonly string[]>();
    expect(report.path).type.toBe<readonly string[]>();
    expect(report.error).type.toBe<unknown>();
    expect(report.readyAt).type.toBe<number | undefined>();
    expect(report.state).type.toBe<
      'waiting' | 'starting' | 'ready' | 'stopping' | 'completed' | 'stopped' | 'failed' | 'forced' | 'notStarted'
    >();
    expect<RunGroupError['report']>().type.toBe<RunReport | undefined>();
    expect(start).type.toBeCallableWith(of(1), undefined, { lifecycle: { next: (_: LifecycleEvent) => undefined } });
    expect(start).type.not.toBeCallableWith(of(1), {}, { lifecycle: 'log' });
    expect(start).type.not.toBeCallableWith(of(1), {}, { report: true });
  });

  test('hands the values to its observer', () => {
    start(of(1), (value) => {
      expect(value).type.toBe<number>();
    });
    start(of('a'), {
      next: (value) => {
        expect(value).type.toBe<string>();
      },
    });
    expect(start).type.not.toBeCallableWith(1);
    expect(start).type.not.toBeCallableWith(of(1), 'observer');
  });
});

describe('switchRun', () => {
  test('has the values of what project returns, and hands value and index on', () => {
    const result = of('a').pipe(
      switchRun((value, index) => {
        expect(value).type.toBe<string>();
        expect(index).type.toBe<number>();
        return of(1);
      }),
    );

    expect(result).type.toBe<Observable<number>>();
  });

  test('takes any ObservableInput, and several', () => {
    expect(of(1).pipe(switchRun(() => ['a']))).type.toBe<Observable<string>>();
    expect(of(1).pipe(switchRun(() => Promise.resolve(true)))).type.toBe<Observable<boolean>>();
    expect(of(1).pipe(switchRun(() => NEVER))).type.toBe<Observable<never>>();
    expect(of(1).pipe(switchRun(() => runner(() => of('a'))))).type.toBe<Observable<string>>();
    expect(of(1).pipe(switchRun((value) => (value > 1 ? of('a') : of(1))))).type.toBe<Observable<string | number>>();
  });

  test('takes a grace period only', () => {
    expect(switchRun).type.toBeCallableWith(() => NEVER, { grace: NEVER });
    expect(switchRun).type.not.toBeCallableWith(() => NEVER, 10);
    expect(switchRun).type.not.toBeCallableWith(() => NEVER, { grace: true });
    expect(switchRun).type.not.toBeCallableWith(() => NEVER, { concurrency: 1 });
  });

  test('refuses what is no project', () => {
    expect(switchRun).type.not.toBeCallableWith();
    expect(switchRun).type.not.toBeCallableWith(NEVER);
    expect(switchRun).type.not.toBeCallableWith(() => 1);
    expect(switchRun).type.not.toBeCallableWith(() => undefined);
  });
});

describe('runWhile', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(runWhile(new BehaviorSubject(true)))).type.toBe<Observable<number>>();
    expect(of('a').pipe(runWhile([true], { grace: 10 }))).type.toBe<Observable<string>>();
    expect(runWhile<number>(NEVER)).type.toBe<MonoTypeOperatorFunction<number>>();
  });

  test('takes a condition of booleans', () => {
    expect(runWhile).type.toBeCallableWith(Promise.resolve(true));
    expect(runWhile).type.not.toBeCallableWith(of(1));
    expect(runWhile).type.not.toBeCallableWith(true);
    expect(runWhile).type.not.toBeCallableWith(() => true);
    expect(runWhile).type.not.toBeCallableWith();
    expect(runWhile).type.not.toBeCallableWith(NEVER, 10);
  });
});

describe('exclusive', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(exclusive())).type.toBe<Observable<number>>();
    expect(of('a').pipe(exclusive({ wait: true }))).type.toBe<Observable<string>>();
    expect(exclusive<number>({ wait: false })).type.toBe<MonoTypeOperatorFunction<number>>();
  });

  test('takes whether it is to wait only', () => {
    const wait = Math.random() > 0.5;
    expect(exclusive).type.toBeCallableWith({});
    expect(exclusive).type.toBeCallableWith({ wait });
    expect(exclusive).type.not.toBeCallableWith({ wait: 1 });
    expect(exclusive).type.not.toBeCallableWith({ wait: undefined });
    expect(exclusive).type.not.toBeCallableWith({ waits: true });
    expect(exclusive).type.not.toBeCallableWith(true);
  });
});

describe('restart', () => {
  test('keeps the values', () => {
    expect(of(1).pipe(restart())).type.toBe<Observable<number>>();
    expect(of('a').pipe(restart({ on: 'both', delay: 10, limit: 3, within: 100 }))).type.toBe<Observable<string>>();
  });

  test('tells a strategy, and unless, what they are asked of', () => {
    restart({
      delay: (attempt, error) => {
        expect(attempt).type.toBe<number>();
        expect(error).type.toBe<unknown>();
        return 10;
      },
      unless: (error) => {
        expect(error).type.toBe<unknown>();
        return false;
      },
    });
  });

  test('takes any ObservableInput, or milliseconds, from a strategy', () => {
    expect(restart).type.toBeCallableWith({ delay: () => NEVER });
    expect(restart).type.toBeCallableWith({ delay: () => Promise.resolve() });
    expect(restart).type.toBeCallableWith({ delay: exponentialBackoff(), grace: NEVER });
    expect(restart).type.not.toBeCallableWith({ delay: () => undefined });
    expect(restart).type.not.toBeCallableWith({ delay: () => true });
  });

  test('refuses anything else', () => {
    expect(restart).type.not.toBeCallableWith(3);
    expect(restart).type.not.toBeCallableWith({ on: 'never' });
    expect(restart).type.not.toBeCallableWith({ delay: '10' });
    expect(restart).type.not.toBeCallableWith({ delay: NEVER });
    expect(restart).type.not.toBeCallableWith({ limit: '3' });
    expect(restart).type.not.toBeCallableWith({ unless: true });
    expect(restart).type.not.toBeCallableWith({ retries: 3 });
  });
});

describe('exponentialBackoff', () => {
  test('is a strategy', () => {
    expect(exponentialBackoff()).type.toBe<DelayStrategy>();
    expect(exponentialBackoff).type.toBeCallableWith({ initial: 1, max: 2, factor: 3, jitter: 0.5, random: () => 1 });
    expect(exponentialBackoff).type.not.toBeCallableWith(100);
    expect(exponentialBackoff).type.not.toBeCallableWith({ jitter: true });
    expect(exponentialBackoff).type.not.toBeCallableWith({ decay: 1 });
  });
});

describe('failureDecay', () => {
  test('is a strategy', () => {
    expect(failureDecay()).type.toBe<DelayStrategy>();
    expect(failureDecay).type.toBeCallableWith({ decay: 1, threshold: 2, pause: 3, jitter: 0.5, random: () => 1 });
    expect(failureDecay).type.not.toBeCallableWith(5);
    expect(failureDecay).type.not.toBeCallableWith({ threshold: '5' });
    expect(failureDecay).type.not.toBeCallableWith({ factor: 2 });
  });
});
