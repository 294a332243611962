import {
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
  finalizeAsync,
  named,
  settle,
  start,
  stopWhen,
  withResource,
  type FinalizeKind,
  type LifecycleEvent,
  type MemberReport,
  type Run,
  type RunContext,
  type RunGroupError,
  type RunReport,
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
    expect(finalizeAsync).type.not.toBeCallableWith(() => 1);
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

  test('needs all three', () => {
    expect(withResource).type.not.toBeCallableWith({ acquire: () => 1, use: () => NEVER });
    expect(withResource).type.not.toBeCallableWith({ acquire: () => 1, release: () => undefined });
    expect(withResource).type.not.toBeCallableWith({ use: () => NEVER, release: () => undefined });
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
    expect(awaitTeardown).type.not.toBeCallableWith(() => 1);
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
