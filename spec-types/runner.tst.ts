import { EMPTY, from, NEVER, of, type Observable } from 'rxjs';
import { describe, expect, test } from 'tstyche';
import { group, runner, type RunContext, type RunnerDefinition, type StopError, type TeardownContext } from 'rx-runner';

declare const stream: ReadableStream<string>;
declare const lines: () => AsyncGenerator<string>;

describe('runner', () => {
  test('has the values of the Observable that the run returns', () => {
    expect(runner(() => of(1))).type.toBe<Observable<number>>();
    expect(runner(() => EMPTY)).type.toBe<Observable<never>>();
    expect(runner({ run: () => of('a') })).type.toBe<Observable<string>>();
  });

  test('has the value of a promise, an undefined apart', () => {
    expect(runner(() => Promise.resolve('a'))).type.toBe<Observable<string>>();
    expect(runner(async () => Promise.resolve(1))).type.toBe<Observable<number>>();
    expect(runner(() => Promise.resolve<string | undefined>('a'))).type.toBe<Observable<string>>();
    expect(runner(() => Promise.resolve<string | null>('a'))).type.toBe<Observable<string | null>>();
  });

  test('has no values where the run has no result', () => {
    expect(
      runner(async () => {
        await Promise.resolve();
      }),
    ).type.toBe<Observable<never>>();
    expect(
      runner(() => {
        Math.random();
      }),
    ).type.toBe<Observable<never>>();
    expect(runner(() => undefined)).type.toBe<Observable<never>>();
    expect(
      runner({
        run: async () => {
          await Promise.resolve();
        },
      }),
    ).type.toBe<Observable<never>>();
  });

  test('has the values of iterables', () => {
    expect(runner(() => [1, 2])).type.toBe<Observable<number>>();
    expect(
      runner(function* () {
        yield 'a';
      }),
    ).type.toBe<Observable<string>>();
    expect(
      runner(async function* () {
        yield await Promise.resolve(true);
      }),
    ).type.toBe<Observable<boolean>>();
    expect(runner(() => new Set(['a']))).type.toBe<Observable<string>>();
    expect(runner(() => stream)).type.toBe(from(stream));
  });

  test('has the values of what a promise brings, a list and a text apart', () => {
    expect(runner(async () => Promise.resolve(of(1)))).type.toBe<Observable<number>>();
    expect(runner(async () => Promise.resolve(group({ a: of(1), b: of('a') })))).type.toBe<
      Observable<number | string>
    >();
    expect(runner(async () => Promise.resolve(stream))).type.toBe(from(stream));
    expect(runner(() => Promise.resolve(lines()))).type.toBe<Observable<string>>();
    expect(runner({ run: async () => Promise.resolve(of(1)) })).type.toBe<Observable<number>>();
    expect(runner(async () => Promise.resolve([1]))).type.toBe<Observable<number[]>>();
    expect(runner(async () => Promise.resolve('text'))).type.toBe<Observable<string>>();
    expect(runner(async () => Promise.resolve(new Map<string, number>()))).type.toBe<Observable<Map<string, number>>>();
    expect(runner(async () => Promise.resolve<Observable<number> | undefined>(undefined))).type.toBe<
      Observable<number>
    >();
    expect(runner(async () => Promise.resolve<Observable<number> | string[]>([]))).type.toBe<
      Observable<number | string[]>
    >();
    expect(runner(async () => Promise.resolve<unknown>(1))).type.toBe<Observable<unknown>>();
  });

  test('has the values of each of several results', () => {
    const several = (many: boolean) => (many ? of(1) : of('a'));

    expect(runner(() => several(true))).type.toBe<Observable<number | string>>();
  });

  test('gives the run and the teardown their contexts', () => {
    void runner((context) => {
      expect(context).type.toBe<RunContext>();
      expect(context.signal).type.toBe<AbortSignal>();
      return NEVER;
    });
    void runner({
      run: (context) => {
        expect(context).type.toBe<RunContext>();
        return NEVER;
      },
      teardown: (context) => {
        expect(context).type.toBe<TeardownContext>();
        expect(context.reason).type.toBe<StopError>();
        expect(context.signal).type.toBe<AbortSignal>();
      },
    });
  });

  test('takes an instance of a class', () => {
    class Server {
      readonly name = 'server';
      run({ signal }: RunContext): Observable<AbortSignal> {
        return of(signal);
      }
      async teardown(): Promise<void> {
        await Promise.resolve();
      }
    }

    expect(runner(new Server())).type.toBe<Observable<AbortSignal>>();
  });

  test('takes what a teardown may return', () => {
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => Promise.resolve(1) });
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => of(1) });
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => undefined });
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => 1 });
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => 'text' });
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => null });
    expect(runner).type.toBeCallableWith({ run: () => NEVER, teardown: () => new Set(['a']).delete('a') });
    expect(runner).type.toBeCallableWith({
      run: () => NEVER,
      teardown: async () => {
        await Promise.resolve();
      },
    });
  });

  test('refuses what cannot be run', () => {
    expect(runner).type.not.toBeCallableWith();
    expect(runner).type.not.toBeCallableWith(NEVER);
    expect(runner).type.not.toBeCallableWith('run');
    expect(runner).type.not.toBeCallableWith({});
    expect(runner).type.not.toBeCallableWith({ run: NEVER });
    expect(runner).type.not.toBeCallableWith(() => 1);
    expect(runner).type.not.toBeCallableWith({ run: () => ({ a: 1 }) });
  });

  test('refuses a bad name and a bad teardown', () => {
    expect(runner).type.not.toBeCallableWith({ run: () => NEVER, name: 1 });
    expect(runner).type.not.toBeCallableWith({ run: () => NEVER, teardown: NEVER });
    expect(runner).type.not.toBeCallableWith({ run: () => NEVER, teardown: () => ({ close: () => 1 }) });
  });

  test('has a definition that can be written down', () => {
    expect<RunnerDefinition>().type.toBeAssignableFrom({ name: 'a', run: () => of(1), teardown: () => undefined });
    expect<RunnerDefinition>().type.not.toBeAssignableFrom({ name: 'a' });
  });
});
