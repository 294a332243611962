import { expect } from '@jest/globals';
import { toFailWith, toStopCleanly, type LifecycleMatchers } from '../internal/matchers.js';

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    toStopCleanly: LifecycleMatchers['toStopCleanly'];
    toFailWith: LifecycleMatchers['toFailWith'];
  }
}

expect.extend({ toStopCleanly, toFailWith });

export type { ExpectedFailure, LifecycleMatchers, StopOptions } from '../internal/matchers.js';
