import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../helpers/children.js';
import { Bundle, endPrograms, killGroup, startProgram, type Program } from '../helpers/program.js';

const testTime = 30_000;
const bothDone = ['A begins', 'B begins', 'A done', 'B done'];

function pidOf({ child: { pid } }: Program): number {
  if (pid === undefined) throw new Error('it has not started');
  return pid;
}

/** The processes that it has started. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

describe('runMain and what is around it', () => {
  let bundle: Bundle;
  let folder: string;

  beforeAll(() => {
    bundle = new Bundle('two-cleanups');
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rx-runner-'));
  });
  afterEach(async () => {
    endPrograms();
    await rm(folder, { recursive: true });
  });
  afterAll(() => {
    bundle.remove();
  });

  describe('as process 1', () => {
    async function asFirst(scenario: object): Promise<{ readonly program: Program; readonly pid: number }> {
      const who = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
      const program = startProgram('unshare', [
        ...who,
        ...['--pid', '--fork', '--mount-proc', process.execPath, bundle.file, JSON.stringify(scenario)],
      ]);
      await program.wrote('still running');
      const [pid] = childrenOf(pidOf(program));
      if (pid === undefined) throw new Error('nothing was started');
      return { program, pid };
    }

    it.each([
      ['auto', 0],
      ['signal', 143],
      // a process 1 does not die of a signal
      ['kill', 143],
    ] as const)(
      'should let both cleanups finish after SIGTERM, by the policy %p with %d',
      async (exitCode, code) => {
        const { program, pid } = await asFirst({ exitCode, showsPid: true });
        process.kill(pid, 'SIGTERM');
        const ended = await program.ended();

        expect(ended).toMatchObject({ code, signal: null, errors: 'rx-runner: SIGTERM: stopping\n' });
        expect(ended.lines[0]).toBe('process 1');
        expect(ended.lines).toStrictEqual(expect.arrayContaining([...bothDone, 'nothing is open']));
      },
      testTime,
    );
  });

  describe('under npm start', () => {
    it.each(['', 'exec '])(
      'should take one Ctrl-C, which comes from the terminal and from npm, as one (%p)',
      async (exec) => {
        const start = `${exec}${JSON.stringify(process.execPath)} ${JSON.stringify(bundle.file)}`;
        writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, scripts: { start } }));
        const program = startProgram('npm', ['start', '--silent'], folder);
        await program.wrote('still running');
        // as a terminal does: to all processes of the foreground
        process.kill(-pidOf(program), 'SIGINT');
        const { lines, errors } = await program.ended();

        expect(lines).toStrictEqual(expect.arrayContaining([...bothDone, 'nothing is open']));
        expect(errors).toContain('rx-runner: SIGINT: stopping\n');
        expect(errors).not.toContain('forced');
      },
      testTime,
    );
  });

  describe('under node --watch', () => {
    it(
      'should let both cleanups finish before the changed program starts, and at the end',
      async () => {
        const file = join(folder, 'watched.mjs');
        const write = (version: number): void => {
          const calls = `process.argv[2] = '{}'; await import('./program.mjs'); console.log('version ${version} runs');`;
          writeFileSync(file, calls);
        };
        writeFileSync(join(folder, 'program.mjs'), readFileSync(bundle.file));
        write(1);
        const watcher = startProgram(process.execPath, ['--watch', file]);
        await watcher.wrote('version 1 runs');
        write(2);
        await watcher.wrote('version 2 runs');
        process.kill(-pidOf(watcher), 'SIGINT');
        const { lines, errors } = await watcher.ended();

        const version = (number: number, signal: string): string[] => [
          'before, 0 0 0 0 0',
          'running, 1 1 1 1 1',
          `version ${number} runs`,
          ...bothDone,
          `first ended, ${signal} 0 0 0`,
          'nothing is open',
        ];
        const own = lines.filter((line) => !/^Restarting|^still running/.test(line));
        // the watcher itself sends SIGTERM; the other one comes from the terminal
        expect(own).toStrictEqual([...version(1, '0 1'), ...version(2, '1 0')]);
        expect(errors).toContain('rx-runner: SIGTERM: stopping\n');
        expect(errors).toContain('rx-runner: SIGINT: stopping\n');
        expect(errors).not.toContain('forced');
      },
      testTime,
    );
  });

  describe('in a terminal that goes away', () => {
    it.each([
      ['SIGHUP tells it, the first of the session', 'exec', {}, '0'],
      ['nothing tells it but its output, started by a shell that lives on', 'trap : HUP;', { chatters: true }, '1'],
    ])(
      'should stop, and end (%s)',
      async (_, before, scenario, code) => {
        const end = join(folder, 'end');
        const group = join(folder, 'group');
        const argument = JSON.stringify({ ...scenario, tellsEndTo: end });
        const program = `${before} '${process.execPath}' '${bundle.file}' '${argument}'`;
        const command = `echo $$ > '${group}'; ${program}; true`;
        const terminal = startProgram('script', ['--quiet', '--command', command, '/dev/null']);
        await terminal.wrote(/still running/);
        terminal.child.kill('SIGKILL');

        try {
          // not by the exit code of the process: Node itself aborts at its exit when the terminal is gone
          await until('it has ended', () => existsSync(end));
          expect(readFileSync(end, 'utf8')).toBe(code);
        } finally {
          killGroup(Number(readFileSync(group, 'utf8')));
        }
      },
      testTime,
    );
  });

  describe('before it is called', () => {
    it(
      'should leave signals as Node has them',
      async () => {
        const program = bundle.start(JSON.stringify({ live: true, prepares: true }));
        await program.wrote('before, 0 0 0 0 0');
        program.child.kill('SIGTERM');

        expect(await program.ended()).toMatchObject({ code: null, signal: 'SIGTERM' });
      },
      testTime,
    );
  });
});
