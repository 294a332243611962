import type { Signal } from '@angular/core';
import { EMPTY, interval, NEVER, of } from 'rxjs';
import { injectRunner, injectRunners, provideRunners, runnerResource, type RunnerRef } from 'rx-runner/angular';
import { runner, type MemberState } from 'rx-runner';
import { describe, expect, test } from 'tstyche';

declare const room: Signal<string | undefined>;

describe('injectRunner', () => {
  test('has the values of the source, or undefined', () => {
    expect(injectRunner(of(1))).type.toBe<RunnerRef<number | undefined>>();
    expect(injectRunner(runner(() => of('a')))).type.toBe<RunnerRef<string | undefined>>();
    expect(injectRunner(of(1), {})).type.toBe<RunnerRef<number | undefined>>();
  });

  test('has no undefined with a default value, which is of their type', () => {
    expect(injectRunner(of(1), { defaultValue: 0 })).type.toBe<RunnerRef<number>>();
    expect(injectRunner(of(['a']), { defaultValue: [] })).type.toBe<RunnerRef<string[]>>();
    expect(injectRunner).type.not.toBeCallableWith(of(1), { defaultValue: 'a' });
  });

  test('takes nothing that is no source', () => {
    expect(injectRunner).type.not.toBeCallableWith(1);
    expect(injectRunner).type.not.toBeCallableWith(() => of(1));
  });
});

describe('runnerResource', () => {
  test('hands the params on, without undefined', () => {
    runnerResource({
      params: () => room(),
      run: (name, context) => {
        expect(name).type.toBe<string>();
        expect(context.signal).type.toBe<AbortSignal>();
        return of(name.length);
      },
    });
  });

  test('has the values of what the run returns', () => {
    expect(runnerResource({ params: () => room(), run: () => of(1) })).type.toBe<RunnerRef<number | undefined>>();
    expect(runnerResource({ params: () => 1, run: () => of(1), defaultValue: 0 })).type.toBe<RunnerRef<number>>();
    expect(runnerResource({ params: () => 1, run: async () => Promise.resolve('a') })).type.toBe<
      RunnerRef<string | undefined>
    >();
  });

  test('is not told by the default value what the run returns', () => {
    const said = (name: string) => of<readonly string[]>([name]);
    const rooms = runnerResource({ params: () => room(), run: (name) => said(name), defaultValue: [] });
    expect(rooms).type.toBe<RunnerRef<readonly string[]>>();
  });
});

describe('provideRunners', () => {
  test('knows the names of the members', () => {
    const factories = { db: () => NEVER, api: () => interval(1), job: () => () => EMPTY };

    expect(provideRunners).type.toBeCallableWith(factories, { needs: { api: ['db'] }, until: ['job'] });
    expect(provideRunners).type.not.toBeCallableWith(factories, { needs: { api: ['bd'] } });
    expect(provideRunners).type.not.toBeCallableWith(factories, { needs: { app: ['db'] } });
    expect(provideRunners).type.not.toBeCallableWith(factories, { until: ['jobs'] });
  });

  test('takes factories, and no runners', () => {
    expect(provideRunners).type.not.toBeCallableWith({ db: NEVER });
    expect(provideRunners).type.not.toBeCallableWith({ db: () => 1 });
  });
});

describe('injectRunners', () => {
  test('has values of whatever type, and the states of the members', () => {
    expect(injectRunners()).type.toBe<RunnerRef<unknown>>();
    expect(injectRunners().members()).type.toBe<Readonly<Record<string, MemberState>>>();
  });
});
