/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { hidden, offline, pageHide } from '../../src/angular/index.js';
import { group, start } from '../../src/index.js';
import { afterReports } from '../helpers/unhandled.js';

describe('on a server', () => {
  it('should be without a page', () => {
    expect(['window', 'document'].filter((name) => name in globalThis)).toStrictEqual([]);
  });

  it.each([
    ['pageHide', pageHide],
    ['offline', offline],
    ['hidden', hidden],
  ])('should never hear of %s, nor fail', async (_, source) => {
    const seen: unknown[] = [];
    const run = start(group({ source: source() }), (value) => seen.push(value));

    await afterReports();
    expect([run.closed, seen]).toStrictEqual([false, []]);
    await run.stop();

    expect(seen).toStrictEqual([]);
  });
});
