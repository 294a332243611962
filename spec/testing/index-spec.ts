import { describe, expect, it } from '@jest/globals';
import * as jestEntry from '../../src/testing/jest/index.js';
import * as entry from '../../src/testing/index.js';

/** What a module exports; what Jest and Node add to a CommonJS module apart. */
function namesOf(module: object): string[] {
  return Object.keys(module)
    .filter((name) => !['__esModule', 'default', 'module.exports'].includes(name))
    .sort();
}

describe('rx-runner/testing', () => {
  it('should export exactly this', () => {
    expect(namesOf(entry)).toStrictEqual(['expectNoOpenRunners', 'expectNoOpenRunnersAfterEach', 'lifecycleMarbles']);
  });

  it('should have matchers that are only loaded', () => {
    expect(namesOf(jestEntry)).toStrictEqual([]);
    expect(expect(1)).toHaveProperty('toStopCleanly');
    expect(expect(1)).toHaveProperty('toFailWith');
  });
});
