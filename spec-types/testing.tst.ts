import { expect as jestExpect } from '@jest/globals';
import { NEVER, type Observable } from 'rxjs';
import { start } from 'rx-runner';
import {
  expectNoOpenRunnersAfterEach,
  lifecycleMarbles,
  type LifecycleHelpers,
  type MarbleRunner,
  type TeardownLog,
} from 'rx-runner/testing';
import 'rx-runner/testing/jest';
import 'rx-runner/testing/vitest';
import { describe, expect, test } from 'tstyche';
import { expect as vitestExpect } from 'vitest';

declare const helpers: LifecycleHelpers;

describe('lifecycleMarbles', () => {
  test('returns what the test returns', () => {
    expect(lifecycleMarbles(() => 1)).type.toBe<number>();
    expect(lifecycleMarbles(({ runner }) => runner('a').teardowns)).type.toBe<readonly TeardownLog[]>();
    expect(lifecycleMarbles).type.not.toBeCallableWith('-a-|');
  });

  test('has runners of letters, or of what they stand for', () => {
    const { runner } = helpers;
    expect(runner('-a-|')).type.toBe<MarbleRunner<string>>();
    expect(runner('-a-|', { teardown: '--|', name: 'api' })).type.toBe<MarbleRunner<string>>();
    expect(runner('-a-|', { values: { a: 1 } })).type.toBeAssignableTo<Observable<number>>();
    expect(runner).type.not.toBeCallableWith('-a-|', { teardown: 3 });
  });

  test('has expectations of teardowns and of members', () => {
    const { runner, interrupt, expectTeardowns, expectLifecycle, expectSubscriptions } = helpers;
    const e1 = runner('-a-|');
    expect(expectTeardowns(e1.teardowns).toBe).type.toBeCallableWith(['-^-!', '--^--#']);
    expect(expectTeardowns).type.not.toBeCallableWith(e1);
    expect(expectSubscriptions).type.toBeCallableWith(e1.subscriptions);
    expect(expectLifecycle(e1, '--!').toBe).type.toBeCallableWith({ api: 's-r', db: ['s-x', 'r'] });
    expect(expectLifecycle(e1).toBe).type.not.toBeCallableWith('s-r');
    expect(interrupt('--x', { x: 'SIGHUP' }, { debounce: 0 })).type.toBeAssignableTo<Observable<string>>();
    expect(interrupt).type.not.toBeCallableWith('--x', { x: 'SIGHUP' }, { source: process });
  });
});

describe('expectNoOpenRunnersAfterEach', () => {
  test('takes the hooks of a framework', () => {
    expect(expectNoOpenRunnersAfterEach).type.toBeCallableWith({ beforeEach: () => null, afterEach: () => null });
    expect(expectNoOpenRunnersAfterEach).type.not.toBeCallableWith({ afterEach: () => null });
  });
});

describe('the matchers', () => {
  test('are known to Jest', () => {
    expect(jestExpect(NEVER).toStopCleanly({ within: 10 })).type.toBe<Promise<void>>();
    expect(jestExpect(start(NEVER)).not.toFailWith({ path: ['api'], error: /boom/ })).type.toBe<Promise<void>>();
    expect(jestExpect(NEVER).toFailWith).type.not.toBeCallableWith({ path: 'api' });
  });

  test('are known to Vitest', () => {
    expect(vitestExpect(NEVER).toStopCleanly({ within: 10 })).type.toBe<Promise<void>>();
    expect(vitestExpect(start(NEVER)).not.toFailWith({ path: ['api'], error: /boom/ })).type.toBe<Promise<void>>();
    expect(vitestExpect(NEVER).toFailWith).type.not.toBeCallableWith({ path: 'api' });
  });
});
