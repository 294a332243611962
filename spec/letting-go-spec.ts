import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Listeners {
  readonly during: number;
  readonly after: number;
  readonly called: number;
  readonly inOrder: boolean;
}

describe('what nobody can see any more', () => {
  let found: {
    readonly failures: { readonly first: number; readonly all: number };
    readonly runs: Readonly<Record<string, readonly string[]>>;
    readonly signals: Readonly<Record<string, Listeners>>;
    readonly warnings: readonly string[];
  };

  beforeAll(() => {
    const file = fileURLToPath(new URL('./fixtures/letting-go.ts', import.meta.url));
    found = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' })) as typeof found;
  }, 30_000);

  it('should not be kept: of 10,000 failures only the first, and the last that came, where the first is what is told', () => {
    expect(found.failures.first).toBeLessThanOrEqual(2);
    expect(found.failures.all).toBe(10_000);
  });

  it.each(['completed', 'failed', 'was stopped', 'failed to be torn down'])(
    'should not be kept by a run that %s: neither its observer nor what it ran',
    (ending) => {
      expect(found.runs[ending]).toStrictEqual([]);
    },
  );

  it.each(['abort', 'unsubscribe'])(
    'should be no listener of a signal: one for a thousand, and none after %s()',
    (end) => {
      expect(found.signals[end]).toStrictEqual({ during: 1, after: 0, called: 1_000, inOrder: true });
    },
  );

  it('should be no leak that Node warns of', () => {
    expect(found.warnings).toStrictEqual([]);
  });
});
