import { EMPTY, map, NEVER, of, Subject, type Observable, type OperatorFunction } from 'rxjs';
import { describe, expect, test } from 'tstyche';
import { runGroup, type Member, type RunContext } from 'rx-runner';

describe('runGroup', () => {
  test('has the values of the members', () => {
    expect(of(of(1), of('a')).pipe(runGroup())).type.toBe<Observable<number | string>>();
    expect(of(of(1)).pipe(runGroup({ until: 'error' }))).type.toBe<Observable<number>>();
    expect(
      of(async () => {
        await Promise.resolve();
      }).pipe(runGroup()),
    ).type.toBe<Observable<never>>();
    expect(of((_: RunContext) => of(1)).pipe(runGroup())).type.toBe<Observable<number>>();
    expect(of(Promise.resolve('a'), of(1)).pipe(runGroup())).type.toBe<Observable<number | string>>();
  });

  test('has no values where the stream has no members', () => {
    expect(EMPTY.pipe(runGroup())).type.toBe<Observable<never>>();
  });

  test('has unknown values where the members are of any kind', () => {
    expect(new Subject<Member>().pipe(runGroup())).type.toBe<Observable<unknown>>();
  });

  test('can be given a type of its own', () => {
    expect(runGroup<Observable<number>>()).type.toBe<OperatorFunction<Observable<number>, number>>();
  });

  test('goes on in a pipe', () => {
    expect(
      of(of(1), of(2)).pipe(
        runGroup(),
        map((value) => value.toFixed()),
      ),
    ).type.toBe<Observable<string>>();
  });

  test('takes the options of a group', () => {
    expect(runGroup).type.toBeCallableWith({ until: ['api'], errors: 'first', grace: NEVER, concurrency: 2 });
    expect(runGroup).type.toBeCallableWith({ signal: new AbortController().signal, until: 'all' });
  });

  test('refuses other options', () => {
    expect(runGroup).type.not.toBeCallableWith({ until: 'last' });
    expect(runGroup).type.not.toBeCallableWith({ until: [1] });
    expect(runGroup).type.not.toBeCallableWith({ errors: 'none' });
    expect(runGroup).type.not.toBeCallableWith({ grace: true });
    expect(runGroup).type.not.toBeCallableWith({ concurrency: '1' });
    expect(runGroup).type.not.toBeCallableWith({ signal: new AbortController() });
    expect(runGroup).type.not.toBeCallableWith({ unknown: 1 });
  });

  test('refuses a stream of what are no members', () => {
    expect(runGroup()).type.not.toBeCallableWith(of(1));
    expect(runGroup()).type.not.toBeCallableWith(of(null));
    expect(runGroup()).type.not.toBeCallableWith(of([NEVER]));
    expect(runGroup()).type.not.toBeCallableWith(of('text'));
    expect(runGroup()).type.not.toBeCallableWith(of(new Map([['api', NEVER]])));
  });
});
