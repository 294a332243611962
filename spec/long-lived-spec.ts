import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

describe('a stream that goes on', () => {
  let heaps: Record<string, { readonly before: number; readonly after: number } | undefined>;

  beforeAll(() => {
    const file = fileURLToPath(new URL('./fixtures/long-lived.ts', import.meta.url));
    heaps = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' })) as typeof heaps;
  });

  it.each([
    ['switchRun', 'what it has switched from'],
    ['runGroup', 'the members that have ended'],
    ['restart', 'the runs that have ended'],
  ])('should keep nothing in %s of %s: as much heap after 20,000 as before', (name) => {
    const { before, after } = heaps[name] ?? { before: NaN, after: NaN };

    // 100 bytes for each of them would be more than 1.2
    expect(after / before).toBeLessThan(1.1);
  });
});
