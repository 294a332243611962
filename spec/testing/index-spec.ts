import { describe, expect, it } from '@jest/globals';
import * as jestEntry from '../../src/testing/jest/index.js';
import * as entry from '../../src/testing/index.js';

describe('rx-runner/testing', () => {
  it('should export exactly this', () => {
    expect(Object.keys(entry).sort()).toStrictEqual([
      'expectNoOpenRunners',
      'expectNoOpenRunnersAfterEach',
      'lifecycleMarbles',
    ]);
  });

  it('should have matchers that are only loaded', () => {
    expect(Object.keys(jestEntry)).toStrictEqual([]);
    expect(expect(1)).toHaveProperty('toStopCleanly');
    expect(expect(1)).toHaveProperty('toFailWith');
  });
});
