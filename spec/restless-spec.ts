import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { asyncScheduler, defer, EMPTY, Subject, throwError, type Observable } from 'rxjs';
import { restart, stopWhen } from '../src/index.js';
import { run } from './helpers/marbles.js';

const sources = [
  'throws',
  'errs',
  'completes',
  'emits and completes',
  'rejects',
  'resolves',
  'throws in its run',
] as const;

const delays = [
  'by default',
  'with delay: 0',
  'with () => 0',
  'with () => EMPTY',
  'with () => of(1)',
  'with async () => {}',
] as const;

/** What starves its process is killed, after much longer than it takes. */
async function restless(...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const file = fileURLToPath(new URL('./fixtures/restless.ts', import.meta.url));
  return new Promise((resolve) => {
    const options = { timeout: 20_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, ['--import', 'tsx', file, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr });
    });
  });
}

describe('what ends at once, and is restarted for ever', () => {
  let outcome: { stopped: readonly string[]; late: readonly string[] };

  beforeAll(async () => {
    const { stdout } = await restless();
    outcome = JSON.parse(stdout) as typeof outcome;
  }, 30_000);

  describe.each(sources)('as it %s', (source) => {
    it.each(delays)('should be restarted, let timers fire, and be stopped, %s', (delay) => {
      expect(outcome.stopped).toContain(`${source} ${delay}`);
    });
  });

  it('should not be restarted when it has been stopped', () => {
    expect(outcome.late).toStrictEqual([]);
  });

  it('should let a signal stop the program', async () => {
    const { code, stderr } = await restless('main');

    expect(stderr).toContain('SIGTERM: stopping');
    expect(code).toBe(0);
  }, 30_000);

  it.each<[string, Observable<unknown>, readonly number[]]>([
    // the count is halved every 30 seconds, also in the pause
    ['pause after five restarts when it fails', throwError(() => new Error('sad')), [0, 0, 0, 0, 0, 0, 15_000]],
    ['run again at once when it completes', EMPTY, [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('should %s, if no delay is given', (_, source, expected) => {
    const times: number[] = [];
    const enough = new Subject<void>();

    run(() => {
      const counted = defer(() => {
        // so many are enough
        if (times.push(asyncScheduler.now()) === expected.length) enough.next();
        return source;
      });
      counted.pipe(restart({ on: 'both' }), stopWhen(enough)).subscribe();
    });

    expect(times).toStrictEqual(expected);
  });
});
