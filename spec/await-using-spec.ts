import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

type Row = readonly [whatIsLookedAt: string, ...told: string[]];

/** Who is told of a run that fails before it was ready, and after. */
const told: Record<string, readonly Row[]> = {
  'a block: fails before it is ready': [
    ['nothing', 'block'],
    ['an error observer', 'observer'],
    ['done', 'done'],
    ['ready', 'ready'],
    ['ready alone', 'unhandled'],
    ['ready alone, in a chain', 'unhandled'],
    ['ready and done', 'ready', 'done'],
    ['stop() before the end', 'stop'],
  ],
  'a block: fails when it is ready': [
    ['nothing', 'block'],
    ['an error observer', 'observer'],
    ['done', 'done'],
    ['ready', 'block'],
    ['ready alone', 'block'],
    ['ready alone, in a chain', 'block'],
    ['ready and done', 'done'],
    ['stop() before the end', 'stop'],
  ],
  'a block: is ready and cannot be torn down': [
    ['nothing', 'block'],
    ['an error observer', 'block'],
    ['done', 'done'],
    ['ready', 'block'],
    ['ready alone', 'block'],
    ['ready alone, in a chain', 'block'],
    ['ready and done', 'done'],
    ['stop() before the end', 'stop'],
  ],
  'a block: is never ready and cannot be torn down': [
    ['nothing', 'block'],
    ['an error observer', 'block'],
    ['done', 'done'],
    ['ready', 'ready'],
    ['ready alone', 'unhandled'],
    ['ready alone, in a chain', 'unhandled'],
    ['ready and done', 'ready', 'done'],
    ['stop() before the end', 'stop'],
  ],
  'a block that waits for done: fails before it is ready': [
    ['nothing', 'block'],
    ['an error observer', 'observer', 'block'],
    ['done', 'done', 'block'],
  ],
  'a block that waits for done: fails when it is ready': [
    ['nothing', 'block'],
    ['an error observer', 'observer', 'block'],
    ['done', 'done', 'block'],
  ],
  'stop() that nobody looks at: fails before it is ready': [
    ['nothing', 'unhandled'],
    ['an error observer', 'observer'],
    ['done', 'done'],
    ['ready and done', 'ready', 'done'],
  ],
  'stop() that nobody looks at: is ready and cannot be torn down': [
    ['nothing', 'unhandled'],
    ['an error observer', 'unhandled'],
    ['done', 'done'],
    ['ready', 'unhandled'],
    ['ready and done', 'done'],
    ['stop() before the end', 'stop'],
  ],
};

const quietly: readonly Row[] = [
  ['nothing'],
  ['an error observer'],
  ['done'],
  ['ready alone'],
  ['ready alone, in a chain'],
  ['stop() before the end'],
];

/** A clean end is told only to who asks whether it was ready. */
const clean: Record<string, readonly Row[]> = {
  'a block: is ready and stops': [...quietly, ['ready'], ['ready and done']],
  'a block: is never ready and stops': [...quietly, ['ready', 'ready'], ['ready and done', 'ready']],
  'a block: completes': [...quietly, ['ready'], ['ready and done']],
  'stop() that nobody looks at: is never ready and stops': [
    ...quietly,
    ['ready', 'ready'],
    ['ready and done', 'ready'],
  ],
};

describe('a run that a block owns, or nobody', () => {
  let outcomes: Record<string, readonly string[] | undefined>;

  beforeAll(() => {
    const file = fileURLToPath(new URL('./fixtures/await-using.ts', import.meta.url));
    const args = ['--no-warnings', '--import', 'tsx', file];
    outcomes = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as typeof outcomes;
  }, 30_000);

  describe.each(Object.entries({ ...told, ...clean }))('%s', (situation, rows) => {
    it.each(rows.map(([lookedAt, ...expected]) => [lookedAt, expected] as const))(
      'should be told of as it is looked at: %s',
      (lookedAt, expected) => {
        expect(outcomes[`${situation}: ${lookedAt}`]).toStrictEqual(expected);
      },
    );
  });

  it('should leave nothing unhandled of a run that was stopped before it was ready', () => {
    // all but these have the name of their case
    expect(outcomes.stopped).toBeUndefined();
  });
});
