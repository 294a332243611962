import { NEVER } from 'rxjs';
import { describe, expect, test } from 'tstyche';
import {
  GraceExceededError,
  RunGroupError,
  StopError,
  type Failure,
  type FailurePhase,
  type Grace,
  type LifecycleEvent,
  type LifecycleEventType,
} from 'rx-runner';

describe('RunGroupError', () => {
  test('is an AggregateError with its failures', () => {
    expect<RunGroupError>().type.toBeAssignableTo<AggregateError>();
    expect<RunGroupError['failures']>().type.toBe<readonly Failure[]>();
    expect<Failure['path']>().type.toBe<readonly string[]>();
    expect<Failure['error']>().type.toBe<unknown>();
    expect<FailurePhase>().type.toBe<'run' | 'teardown' | 'grace'>();
  });

  test('is made of failures', () => {
    expect(RunGroupError).type.toBeConstructableWith([{ path: ['a'], phase: 'run', error: 1 } as const]);
    expect(RunGroupError).type.not.toBeConstructableWith();
    expect(RunGroupError).type.not.toBeConstructableWith([new Error('sad')]);
  });
});

describe('GraceExceededError', () => {
  test('has the path and the grace period', () => {
    expect<GraceExceededError['path']>().type.toBe<readonly string[]>();
    expect<GraceExceededError['grace']>().type.toBe<Grace>();
    expect(GraceExceededError).type.toBeConstructableWith(['a'], 10);
    expect(GraceExceededError).type.toBeConstructableWith(['a'], NEVER);
    expect(GraceExceededError).type.not.toBeConstructableWith('a', 10);
  });
});

describe('StopError', () => {
  test('has, perhaps, who caused it, and a cause', () => {
    expect(new StopError().by).type.toBe<readonly string[] | undefined>();
    expect(new StopError().cause).type.toBe<unknown>();
    expect(StopError).type.toBeConstructableWith();
    expect(StopError).type.toBeConstructableWith({ by: ['a'], cause: 1 });
    expect(StopError).type.not.toBeConstructableWith('reason');
  });
});

describe('LifecycleEvent', () => {
  test('has one vocabulary', () => {
    expect<LifecycleEventType>().type.toBe<
      | 'starting'
      | 'ready'
      | 'stopping'
      | 'completed'
      | 'stopped'
      | 'failed'
      | 'forced'
      | 'restarting'
      | 'late'
      | 'refused'
    >();
    expect<LifecycleEvent['path']>().type.toBe<readonly string[]>();
    expect<LifecycleEvent['at']>().type.toBe<number>();
    expect<LifecycleEvent['reason']>().type.toBe<StopError | undefined>();
  });
});
