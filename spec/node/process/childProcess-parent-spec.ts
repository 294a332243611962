import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { aliveIn, until } from '../helpers/children.js';

const fixture = fileURLToPath(new URL('../fixtures/parent.ts', import.meta.url));

// programs that are started take a while on a busy machine
jest.setTimeout(30_000);

describe('childProcess', () => {
  const groups = new Set<number>();
  const programs = new Set<ChildProcess>();

  afterEach(() => {
    for (const program of programs) program.kill('SIGKILL');
    for (const id of groups) if (aliveIn(id).length) process.kill(-id, 'SIGKILL');
  });

  /** Starts the fixture in a shell, as a user does, and waits until its child runs. */
  async function started(
    way: string,
    then = '',
  ): Promise<{ shell: ChildProcess; id: number; errors: Promise<string> }> {
    const command = `${then ? '' : 'exec '}"${process.execPath}" --import tsx "${fixture}" ${way} ${then}`;
    const shell = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    programs.add(shell);
    const errors = text(shell.stderr);
    const [line] = (await once(createInterface(shell.stdout), 'line')) as [string];
    const id = Number(/^group (\d+)$/.exec(line)?.[1]);
    groups.add(id);
    return { shell, id, errors };
  }

  describe('when its own process ends', () => {
    it.each([
      ['exit', 3],
      ['throw', 1],
    ])('should kill what is still running: %s', async (way, code) => {
      const { shell, id } = await started(way);

      expect(await once(shell, 'close')).toStrictEqual([code, null]);
      await until('nobody is left', () => aliveIn(id).length === 0);
    });

    it('should be noticed by a child that reads its input, even where it is killed', async () => {
      const { shell, id } = await started('killed');
      expect(aliveIn(id)).not.toStrictEqual([]);
      shell.kill('SIGKILL');

      expect(await once(shell, 'exit')).toStrictEqual([null, 'SIGKILL']);
      await until('nobody is left', () => aliveIn(id).length === 0);
    });
  });

  it('should not keep its process for what has left the group, though it holds the output open', async () => {
    const { shell, id } = await started('daemon');

    expect(await once(shell, 'exit')).toStrictEqual([0, null]);
    expect(aliveIn(id)).toHaveLength(1);
  });

  describe('when its standard output breaks', () => {
    it.each(['write', 'log'])('should fail, and with it the group, where nobody else listens: %s', async (way) => {
      const { shell, id, errors } = await started(way, '| head -1; exit "${PIPESTATUS[0]}"');

      expect(await once(shell, 'close')).toStrictEqual([4, null]);
      const lines = (await errors).trim().split(', ');
      expect(lines.sort()).toStrictEqual(['web: write EPIPE', 'worker: write EPIPE']);
      expect(aliveIn(id)).toStrictEqual([]);
    });

    it('should leave it to whoever listens to that', async () => {
      const { shell, id, errors } = await started('listen', '| head -1; exit "${PIPESTATUS[0]}"');

      expect(await once(shell, 'close')).toStrictEqual([0, null]);
      expect(new Set((await errors).trim().split('\n'))).toStrictEqual(new Set(['own listener: write EPIPE']));
      expect(aliveIn(id)).toStrictEqual([]);
    });
  });
});
