import { expect } from 'vitest';
import { toFailWith, toStopCleanly, type LifecycleMatchers } from '../internal/matchers.js';

declare module 'vitest' {
  interface Matchers<T> {
    toStopCleanly: LifecycleMatchers['toStopCleanly'];
    toFailWith: LifecycleMatchers['toFailWith'];
  }
}

expect.extend({ toStopCleanly, toFailWith });

export type { ExpectedFailure, LifecycleMatchers, StopOptions } from '../internal/matchers.js';
