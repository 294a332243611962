import { expect } from '@jest/globals';
import { expectNoOpenRunners } from '../../src/testing/index.js';

/** Says that a test means to leave so many runs behind: a teardown that never ends, a stranger. */
export function expectLeftRunning(count: number): void {
  expect(expectNoOpenRunners).toThrow(new RegExp(`^${count} runs? of (a runner|runners)`));
}
