import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scenario } from '../fixtures/two-cleanups.js';
import { Bundle, endPrograms, type Program } from '../helpers/program.js';

const testTime = 30_000;
const bothDone = ['A begins', 'B begins', 'A done', 'B done'];
const hangs = { hangs: true };
/** In place of a debounce of half a second, which each of these tests would have to wait for. */
const debounce = 30;

describe('runMain and signals', () => {
  let bundle: Bundle;

  beforeAll(() => {
    bundle = new Bundle('two-cleanups');
  });
  afterEach(endPrograms);
  afterAll(() => {
    bundle.remove();
  });

  async function running(scenario: Scenario): Promise<Program> {
    const program = bundle.start(JSON.stringify(scenario));
    await program.wrote('still running');
    return program;
  }

  describe('that stop the program', () => {
    it.each([
      ['SIGTERM', 0],
      ['SIGINT', 130],
      ['SIGHUP', 0],
    ] as const)(
      'should let both cleanups finish after %s, then end by itself with %d',
      async (signal, code) => {
        const program = await running({});
        program.child.kill(signal);
        const ended = await program.ended();

        expect(ended).toMatchObject({ code, signal: null, errors: `rx-runner: ${signal}: stopping\n` });
        expect(ended.lines).toStrictEqual([
          'before, 0 0 0 0 0',
          'running, 1 1 1 1 1',
          'still running',
          ...bothDone,
          // for as long as the debounce lasts, the one that came is still listened to
          `first ended, ${['SIGINT', 'SIGTERM', 'SIGHUP'].map((each) => Number(each === signal)).join(' ')} 0 0`,
          'nothing is open',
        ]);
      },
      testTime,
    );

    it(
      'should leave no listener when the debounce is over',
      async () => {
        const program = await running({ options: { debounce: 0 } });
        program.child.kill('SIGTERM');

        expect((await program.ended()).lines).toContain('first ended, 0 0 0 0 0');
      },
      testTime,
    );

    it(
      'should hold the process while all that runs is idle',
      async () => {
        // what says that it is still running does not hold the process
        const program = await running({});

        expect(program.child.exitCode).toBeNull();
        program.child.kill('SIGTERM');
        expect(await program.ended()).toMatchObject({ code: 0, signal: null });
      },
      testTime,
    );

    it(
      'should stop a source that has not come to its members',
      async () => {
        const program = await running({ waits: true });
        program.child.kill('SIGTERM');
        const { code, lines } = await program.ended();

        expect(code).toBe(0);
        expect(lines).not.toContain('A begins');
        expect(lines).toContain('nothing is open');
      },
      testTime,
    );

    it(
      'should listen to the given signals alone',
      async () => {
        const program = await running({ options: { signals: ['SIGUSR2'] } });
        program.child.kill('SIGUSR2');
        const { code, lines, errors } = await program.ended();

        expect(lines).toContain('running, 0 0 0 1 1');
        expect({ code, errors }).toStrictEqual({ code: 0, errors: 'rx-runner: SIGUSR2: stopping\n' });

        const other = await running({ options: { signals: ['SIGUSR2'] } });
        other.child.kill('SIGTERM');
        expect(await other.ended()).toMatchObject({ code: null, signal: 'SIGTERM' });
      },
      testTime,
    );
  });

  describe('and the reason of the stop', () => {
    it(
      'should have the name of the signal as its cause',
      async () => {
        const program = await running({ showsReason: true });
        program.child.kill('SIGHUP');

        expect((await program.ended()).lines).toStrictEqual(
          expect.arrayContaining(['A is stopped by SIGHUP', 'B is stopped by SIGHUP']),
        );
      },
      testTime,
    );
  });

  describe('and the exit code', () => {
    it.each([
      ['SIGINT', 'zero', 0, null],
      ['SIGTERM', 'signal', 143, null],
      ['SIGHUP', 'signal', 129, null],
      ['SIGTERM', 'kill', null, 'SIGTERM'],
      ['SIGINT', 'kill', null, 'SIGINT'],
      // 40, and one for each cleanup that has finished
      ['SIGTERM', 40, 42, null],
    ] as const)(
      'should after %s, by the policy %p, end with %p %p',
      async (stimulus, exitCode, code, signal) => {
        const program = await running({ exitCode });
        program.child.kill(stimulus);
        const ended = await program.ended();

        expect(ended).toMatchObject({ code, signal, errors: `rx-runner: ${stimulus}: stopping\n` });
        expect(ended.lines).toStrictEqual(expect.arrayContaining([...bothDone, 'nothing is open']));
      },
      testTime,
    );

    it(
      'should be 1 where the policy throws',
      async () => {
        const program = await running({ exitCode: 'throws' });
        program.child.kill('SIGTERM');
        const { code, lines, errors } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toContain('nothing is open');
        expect(errors).toContain('rx-runner: exitCode failed: Error: no code\n    at ');
      },
      testTime,
    );

    it(
      'should be 1, not the death by the signal, where a cleanup fails',
      async () => {
        const program = await running({ exitCode: 'kill', a: { rejects: true } });
        program.child.kill('SIGTERM');

        expect(await program.ended()).toMatchObject({ code: 1, signal: null });
      },
      testTime,
    );
  });

  describe('that come again', () => {
    it.each([
      ['SIGINT', 'SIGINT', 130],
      ['SIGTERM', 'SIGTERM', 0],
      // some managers send it right after
      ['SIGTERM', 'SIGHUP', 0],
    ] as const)(
      'should take %s and %s a few milliseconds apart as one',
      async (first, second, code) => {
        const program = await running({});
        program.child.kill(first);
        await program.wrote('A begins');
        program.child.kill(second);
        const ended = await program.ended();

        expect(ended).toMatchObject({ code, signal: null, errors: `rx-runner: ${first}: stopping\n` });
        expect(ended.lines).toStrictEqual(expect.arrayContaining(bothDone));
      },
      testTime,
    );

    it.each([
      ['SIGINT', 'SIGINT'],
      ['SIGTERM', 'SIGTERM'],
      ['SIGTERM', 'SIGINT'],
    ] as const)(
      'should after %s be forced at once by %s when the debounce is over, and say so',
      async (first, second) => {
        const program = await running({ a: hangs, live: true, saysLater: 2 * debounce, options: { debounce } });
        program.child.kill(first);
        await program.wrote('B done');
        await program.wrote('later');
        program.child.kill(second);
        const { code, signal, lines, errors } = await program.ended();

        expect({ code, signal }).toStrictEqual({ code: 1, signal: null });
        expect(errors).toBe(
          [`rx-runner: ${first}: stopping`, `rx-runner: forced by ${second}, still stopping: a`, ''].join('\n'),
        );
        // whoever hangs is told that the time is over; the process is not left to end by itself
        expect(lines.slice(-1)).toStrictEqual(['A deadline']);
      },
      testTime,
    );
  });

  describe('that come again late in the debounce', () => {
    it(
      'should force when it is over, and say so',
      async () => {
        const program = await running({ a: hangs, live: true, saysLater: 400 });
        program.child.kill('SIGINT');
        await program.wrote('later');
        program.child.kill('SIGINT');
        const { code, errors } = await program.ended();

        expect(code).toBe(1);
        expect(errors).toBe('rx-runner: SIGINT: stopping\nrx-runner: forced by SIGINT, still stopping: a\n');
      },
      testTime,
    );

    it(
      'should not matter where the teardowns are over by then',
      async () => {
        const program = await running({ a: { after: 1_100 }, saysLater: 1_050, options: { debounce: 2_000 } });
        program.child.kill('SIGINT');
        await program.wrote('later');
        program.child.kill('SIGINT');

        expect(await program.ended()).toMatchObject({ code: 130, errors: 'rx-runner: SIGINT: stopping\n' });
      },
      testTime,
    );

    it(
      'should not matter where the last teardown is over just then',
      async () => {
        const program = await running({ b: { after: 950, blocks: 300 }, saysLater: 550, options: { debounce: 1_000 } });
        program.child.kill('SIGINT');
        await program.wrote('later');
        program.child.kill('SIGINT');

        expect(await program.ended()).toMatchObject({ code: 130, errors: 'rx-runner: SIGINT: stopping\n' });
      },
      testTime,
    );
  });

  describe('and cleanups that hang', () => {
    it.each([true, false])(
      'should end with 1 at the deadline, the laggards named at half of the time and at its end (live handle: %p)',
      async (live) => {
        const program = await running({ a: hangs, b: hangs, live, options: { grace: 200 } });
        program.child.kill('SIGTERM');
        const { code, signal, lines, errors } = await program.ended();

        expect({ code, signal }).toStrictEqual({ code: 1, signal: null });
        expect(errors).toBe(
          [
            'rx-runner: SIGTERM: stopping',
            'rx-runner: still stopping after 100 ms: a, nested/b',
            'rx-runner: forced after 200 ms, still stopping: a, nested/b',
            '',
          ].join('\n'),
        );
        // the deadline has come to the teardowns, in a nested group too, and nothing was left to run after that
        expect(lines.slice(-4)).toStrictEqual(['A begins', 'B begins', 'A deadline', 'B deadline']);
      },
      testTime,
    );

    it(
      'should name the one that hangs alone, and print what another failed with',
      async () => {
        const program = await running({ a: { rejects: true, after: 1 }, b: hangs, options: { grace: 100 } });
        program.child.kill('SIGINT');
        const { code, errors } = await program.ended();

        expect(code).toBe(1);
        expect(errors).toContain('rx-runner: forced after 100 ms, still stopping: nested/b\n');
        expect(errors).toContain('rx-runner: a teardown failed: Error: A broke\n    at ');
        expect(errors).not.toContain('GraceExceededError');
      },
      testTime,
    );

    it(
      'should wait without a limit where the grace is longer than a timer can be set for',
      async () => {
        const program = await running({ a: { after: 200 }, options: { grace: 2 ** 31 } });
        program.child.kill('SIGTERM');

        expect(await program.ended()).toMatchObject({ code: 0, errors: 'rx-runner: SIGTERM: stopping\n' });
      },
      testTime,
    );

    it(
      'should wait for nothing where the grace is 0',
      async () => {
        const program = await running({ b: hangs, a: { after: 10_000 }, options: { grace: 0 } });
        program.child.kill('SIGTERM');
        const { code, errors } = await program.ended();

        expect(code).toBe(1);
        expect(errors).toContain('rx-runner: forced after 0 ms, still stopping: a, nested/b\n');
      },
      testTime,
    );
  });

  describe('beside interrupts that are members', () => {
    it(
      'should let them emit the signal, with one listener for all',
      async () => {
        const program = await running({ interrupts: 3 });
        program.child.kill('SIGINT');
        const { code, lines, errors } = await program.ended();

        expect({ code, errors }).toStrictEqual({ code: 130, errors: 'rx-runner: SIGINT: stopping\n' });
        expect(lines.slice(1)).toStrictEqual([
          'running, 1 1 1 1 1',
          'still running',
          'interrupt0: SIGINT',
          ...bothDone,
          'first ended, 1 0 0 0 0',
          'nothing is open',
        ]);
      },
      testTime,
    );

    it(
      'should take the same signal a few milliseconds later as one',
      async () => {
        const program = await running({ interrupts: 1 });
        program.child.kill('SIGINT');
        await program.wrote('A begins');
        program.child.kill('SIGINT');

        expect(await program.ended()).toMatchObject({ code: 130, errors: 'rx-runner: SIGINT: stopping\n' });
      },
      testTime,
    );

    it(
      'should be limited by its grace, and forced, though the interrupt was what stopped the group',
      async () => {
        const program = await running({ interrupts: 1, a: hangs, b: { after: 1 }, options: { grace: 100 } });
        program.child.kill('SIGINT');
        const { code, lines, errors } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toContain('interrupt0: SIGINT');
        expect(lines).toContain('A deadline');
        expect(errors).toContain('rx-runner: forced after 100 ms, still stopping: a\n');
      },
      testTime,
    );
  });

  describe('and two runs in one process', () => {
    it(
      'should stop both of them, each with one listener for all, and end with the code of the signal',
      async () => {
        const program = await running({ again: 'beside' });
        program.child.kill('SIGINT');
        const { code, lines, errors } = await program.ended();

        expect(code).toBe(130);
        expect(lines).toContain('running, 1 1 1 2 2');
        expect(lines).toStrictEqual(expect.arrayContaining([...bothDone, 'C begins', 'C done']));
        expect(lines.filter((line) => line.includes(' ended, '))).toHaveLength(2);
        expect(errors).toBe('rx-runner: SIGINT: stopping\n'.repeat(2));
      },
      testTime,
    );

    it(
      'should end with 1 where one of them fails',
      async () => {
        const program = await running({ again: 'beside', a: { rejects: true } });
        program.child.kill('SIGINT');
        const { code, lines } = await program.ended();

        expect(code).toBe(1);
        expect(lines).toStrictEqual(expect.arrayContaining(['B done', 'C done']));
      },
      testTime,
    );

    it(
      'should run the second one after the first',
      async () => {
        const program = bundle.start(JSON.stringify({ again: 'after', then: 'complete', options: { debounce: 0 } }));
        await program.wrote('second running');
        program.child.kill('SIGTERM');
        const { code, lines } = await program.ended();

        expect(code).toBe(0);
        expect(lines.slice(1)).toStrictEqual([
          'running, 1 1 1 1 1',
          expect.stringMatching('B begins|still running'),
          expect.stringMatching('B begins|still running'),
          'B done',
          'first ended, 0 0 0 0 0',
          'second running',
          'C begins',
          'C done',
          'second ended, 0 0 0 0 0',
          'nothing is open',
        ]);
      },
      testTime,
    );
  });
});
