import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { play } from './helpers/programs/play.js';
import { programs } from './helpers/programs/programs.js';

// Programs of random operators, RxJS's and ours, are stopped somewhere. What must hold of each is in `helpers/programs`.

const numRuns = Number(process.env['PROGRAMS'] ?? 500);

describe('random programs', () => {
  it(
    'should stop with no value after it, tear down everything once, wait for it, and tell each failure once',
    async () => {
      await fc.assert(
        fc.asyncProperty(programs, async (program) => {
          expect(await play(program)).toEqual([]);
        }),
        { numRuns, ...(process.env['SEED'] && { seed: Number(process.env['SEED']) }) },
      );
    },
    10 * 60_000,
  );
});
