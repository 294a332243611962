import { interval, NEVER, of } from 'rxjs';
import { describe, expect, test } from 'tstyche';
import { group, runner, type RunContext } from 'rx-runner';
import { runMain, type MainExitCode, type MainLogger, type MainOptions } from 'rx-runner/node';

describe('runMain', () => {
  test('takes whatever can be subscribed, and returns a promise of nothing', () => {
    expect(runMain(of(1))).type.toBe<Promise<void>>();
    expect(runMain(group({ a: runner(() => NEVER) }), { grace: 5_000 })).type.toBe<Promise<void>>();
    expect(runMain(Promise.resolve('done'))).type.toBe<Promise<void>>();
  });

  test('takes a run function', () => {
    expect(runMain).type.toBeCallableWith(() => NEVER);
    expect(runMain).type.toBeCallableWith(({ signal }: RunContext) =>
      Promise.resolve(interval(signal.aborted ? 1 : 2)),
    );
  });

  test('refuses what is neither, and nothing', () => {
    expect(runMain).type.not.toBeCallableWith({});
    expect(runMain).type.not.toBeCallableWith();
  });

  test('refuses options that it does not have', () => {
    expect(runMain).type.not.toBeCallableWith(of(1), { grace: '5 s' });
    expect(runMain).type.not.toBeCallableWith(of(1), { signals: 'SIGINT' });
    expect(runMain).type.not.toBeCallableWith(of(1), { exitCode: 'never' });
    expect(runMain).type.not.toBeCallableWith(of(1), { concurrency: 1 });
  });

  test('knows the policies of the exit code', () => {
    expect<MainExitCode>().type.toBe<'auto' | 'zero' | 'signal' | 'kill' | ((signal: string) => number)>();
    expect<MainOptions['exitCode']>().type.toBe<MainExitCode | undefined>();
  });

  test('takes a console as its logger', () => {
    expect(console).type.toBeAssignableTo<MainLogger>();
  });
});
