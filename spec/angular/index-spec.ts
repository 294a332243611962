import { describe, expect, it } from '@jest/globals';
import * as angular from '../../src/angular/index.js';
import * as root from '../../src/index.js';

describe('the entry', () => {
  it('should export these, and nothing else', () => {
    expect(Object.keys(angular).sort()).toStrictEqual([
      'hidden',
      'injectRunner',
      'injectRunners',
      'offline',
      'pageHide',
      'provideRunners',
      'runnerResource',
    ]);
  });

  it('should be apart from the root', () => {
    expect(Object.keys(root).filter((name) => name in angular)).toStrictEqual([]);
  });
});
