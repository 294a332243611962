import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { play } from './helpers/programs/play.js';
import { programs } from './helpers/programs/programs.js';

// Programs of random operators, RxJS's and ours, in virtual time, stopped somewhere: what must hold is looked at in `helpers/programs`.
// A failure prints the program as small as it gets; `PROGRAMS` and `PROGRAMS_SEED` run more of them, and others.

describe('random programs', () => {
  it('should stop without a value, tear down each once and wait for it, and tell each failure once', async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        expect(await play(program)).toStrictEqual([]);
      }),
      { numRuns: Number(process.env.PROGRAMS ?? 500), seed: Number(process.env.PROGRAMS_SEED ?? 20_260_101) },
    );
  }, 900_000);
});
