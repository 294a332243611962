import { describe, expect, it } from '@jest/globals';
import * as root from '../src/index.js';

/** What importing adds to a CommonJS module. */
const interoperability = ['__esModule', 'default', 'module.exports'];
const names = Object.keys(root).filter((name) => !interoperability.includes(name));

describe('index', () => {
  it('should export these names, and no other', () => {
    expect(names.sort()).toStrictEqual([
      'AlreadyRunningError',
      'GraceExceededError',
      'RestartLimitError',
      'RunGroupError',
      'StartTimeoutError',
      'StopError',
      'awaitTeardown',
      'detached',
      'drain',
      'exclusive',
      'exponentialBackoff',
      'failureDecay',
      'finalizeAsync',
      'group',
      'interrupt',
      'named',
      'restart',
      'runGroup',
      'runWhile',
      'runner',
      'settle',
      'shareResource',
      'start',
      'stopWhen',
      'switchRun',
      'withResource',
    ]);
  });

  it.each(names)('should export %s as a function or a class of that name', (name) => {
    const value = (root as Record<string, unknown>)[name];

    expect(value).toBeInstanceOf(Function);
    expect(value).toHaveProperty('name', name);
  });
});
