import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scenario } from '../fixtures/two-cleanups.js';
import { Bundle, endPrograms, startProgram, type Program } from '../helpers/program.js';

const testTime = 30_000;
const bothDone = ['A begins', 'B begins', 'A done', 'B done'];

describe('runMain and failures', () => {
  let bundle: Bundle;

  beforeAll(() => {
    bundle = new Bundle('two-cleanups');
  });
  afterEach(endPrograms);
  afterAll(() => {
    bundle.remove();
  });

  const start = (scenario: Scenario): Program => bundle.start(JSON.stringify(scenario));

  async function running(scenario: Scenario): Promise<Program> {
    const program = start(scenario);
    await program.wrote('still running');
    return program;
  }

  describe('of cleanups', () => {
    it(
      'should end with 1 where both reject, and show both by their names',
      async () => {
        const program = await running({ a: { rejects: true }, b: { rejects: true } });
        program.child.kill('SIGTERM');
        const { code, signal, lines, errors } = await program.ended();

        expect({ code, signal }).toStrictEqual({ code: 1, signal: null });
        expect(errors).toContain('rx-runner: a teardown failed: Error: A broke\n    at ');
        expect(errors).toContain('rx-runner: nested/b teardown failed: Error: B broke\n    at ');
        expect(lines).toContain('first failed with RunGroupError: a: A broke (and 1 more), 0 1 0 0 0');
        expect(lines).toContain('nothing is open');
      },
      testTime,
    );

    it(
      'should let B finish where A has rejected before',
      async () => {
        const program = await running({ a: { rejects: true, after: 20 }, b: { after: 200 } });
        program.child.kill('SIGTERM');
        const { code, lines, errors } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toContain('B done');
        expect(errors).toContain('rx-runner: a teardown failed: Error: A broke\n    at ');
      },
      testTime,
    );
  });

  describe('of members', () => {
    it(
      'should end with 1 when a member fails, its cause shown, the other one torn down',
      async () => {
        const { code, lines, errors } = await start({ then: 'fail' }).ended();

        expect(code).toBe(1);
        expect(lines).toContain('B done');
        expect(lines).toContain('first failed with RunGroupError: a: A failed, 0 0 0 0 0');
        expect(lines).toContain('nothing is open');
        expect(errors).toMatch(/^rx-runner: a failed: Error: A failed\n {4}at [^]*\[cause\]: TypeError: the reason\n/);
      },
      testTime,
    );

    it(
      'should end with 0, by itself and without a listener left, when all has completed',
      async () => {
        const ended = await start({ then: 'complete' }).ended();

        expect(ended).toMatchObject({ code: 0, signal: null, errors: '' });
        expect(ended.lines.slice(-3)).toStrictEqual(['B done', 'first ended, 0 0 0 0 0', 'nothing is open']);
      },
      testTime,
    );
  });

  describe('that nobody has caught', () => {
    it.each([
      ['throw', 'uncaughtException', 'Error: nobody catches this\n    at '],
      ['reject', 'unhandledRejection', 'Error: nobody handles this\n    at '],
      ['reject with a string', 'unhandledRejection', "'a string'\n"],
    ] as const)(
      'should stop the source and let both cleanups finish: %s',
      async (then, name, shown) => {
        const { code, signal, lines, errors } = await start({ then }).ended();

        expect({ code, signal }).toStrictEqual({ code: 1, signal: null });
        expect(errors.startsWith(`rx-runner: ${name} failed: ${shown}`)).toBe(true);
        expect(errors.match(/rx-runner: /g)).toHaveLength(1);
        expect(lines).toStrictEqual(
          expect.arrayContaining([
            ...bothDone,
            expect.stringMatching(`^first failed with RunGroupError: ${name}: .*, 0 0 0 0 0$`),
            'nothing is open',
          ]),
        );
      },
      testTime,
    );

    it(
      'should count one rejection that Node tells of twice as one',
      async () => {
        const program = startProgram(process.execPath, [
          '--unhandled-rejections=strict',
          bundle.file,
          JSON.stringify({ then: 'reject' }),
        ]);
        const { code, lines, errors } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toContain('first failed with RunGroupError: uncaughtException: nobody handles this, 0 0 0 0 0');
        expect(errors.match(/nobody handles this/g)).toHaveLength(1);
      },
      testTime,
    );

    it(
      'should add one that comes while closing, and let the cleanups finish',
      async () => {
        const { code, lines, errors } = await start({
          then: 'throw',
          a: { throwsMeanwhile: true },
          b: { rejects: true },
        }).ended();

        expect(code).toBe(1);
        expect(lines).toContain('A done');
        expect(lines).toContain(
          'first failed with RunGroupError: uncaughtException: nobody catches this (and 2 more), 0 0 0 0 0',
        );
        expect(errors).toContain('rx-runner: uncaughtException failed: Error: nobody catches this\n');
        expect(errors).toContain('rx-runner: uncaughtException failed: Error: A threw meanwhile\n');
        expect(errors).toContain('rx-runner: nested/b teardown failed: Error: B broke\n');
      },
      testTime,
    );

    it(
      'should count one that comes after a signal',
      async () => {
        const program = await running({ a: { throwsMeanwhile: true } });
        program.child.kill('SIGTERM');
        const { code, lines } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toStrictEqual(expect.arrayContaining(['A done', 'B done']));
      },
      testTime,
    );

    it(
      'should limit the stop that one has caused',
      async () => {
        const { code, errors } = await start({ then: 'throw', b: { hangs: true }, options: { grace: 200 } }).ended();

        expect(code).toBe(1);
        expect(errors).toContain('rx-runner: still stopping after 100 ms: ');
        expect(errors).toContain('rx-runner: forced after 200 ms, still stopping: nested/b\n');
      },
      testTime,
    );
  });

  describe('of the logger', () => {
    it(
      'should write to stderr what it was to log, and what it threw, and go on',
      async () => {
        const { code, lines, errors } = await start({ then: 'fail', breaksLogger: true }).ended();

        expect(code).toBe(1);
        expect(lines).toContain('nothing is open');
        expect(errors).toContain('rx-runner: a failed: Error: A failed\n    at ');
        expect(errors).toContain('rx-runner: logger failed: Error: disk full\n    at ');
      },
      testTime,
    );
  });

  describe('of whoever reads the output', () => {
    it(
      'should finish the cleanups when stdout is gone during a stop, which is no failure',
      async () => {
        const program = await running({ exitCode: 40, saysLater: 50 });
        program.child.kill('SIGTERM');
        await program.wrote('B begins');
        program.child.stdout?.destroy();

        expect(await program.ended()).toMatchObject({ code: 42, errors: 'rx-runner: SIGTERM: stopping\n' });
      },
      testTime,
    );

    it(
      'should not fail where the very last line of a cleanup is what nobody reads',
      async () => {
        const program = await running({ exitCode: 40, a: { after: 1 }, b: { after: 200 } });
        program.child.kill('SIGTERM');
        await program.wrote('A done');
        program.child.stdout?.destroy();

        expect(await program.ended()).toMatchObject({ code: 42, errors: 'rx-runner: SIGTERM: stopping\n' });
      },
      testTime,
    );

    it(
      'should finish the cleanups when stdout and stderr are gone during a stop',
      async () => {
        const program = await running({ exitCode: 40, a: { after: 300 }, options: { grace: 400 } });
        program.child.kill('SIGTERM');
        await program.wrote('B begins');
        program.child.stdout?.destroy();
        program.child.stderr?.destroy();

        // half of the grace is told of after that
        expect(await program.ended()).toMatchObject({ code: 42, signal: null });
      },
      testTime,
    );

    it(
      'should end by itself where nobody reads what has failed',
      async () => {
        const program = await running({ a: { rejects: true, after: 300 } });
        program.child.kill('SIGTERM');
        await program.wrote('B done');
        program.child.stderr?.destroy();
        const { code, lines } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toContain('nothing is open');
      },
      testTime,
    );

    it(
      'should be stopped by it when stdout is gone before, with 1, the cleanups finished',
      async () => {
        const program = await running({ chatters: true, complains: true });
        program.child.stdout?.destroy();
        const { code, signal, errors } = await program.ended();

        expect({ code, signal }).toStrictEqual({ code: 1, signal: null });
        expect(errors).toContain('rx-runner: uncaughtException failed: Error: write EPIPE\n');
        expect(errors).toContain('A done');
        expect(errors).toContain('B done');
        expect(errors.match(/EPIPE\n/g)).toHaveLength(1);
      },
      testTime,
    );
  });
});
