import { describe, expect, it } from '@jest/globals';
import { NEVER, of, Subject, throwError, timer } from 'rxjs';
import { group, RunGroupError, runner, start, type Run } from '../../src/index.js';
import '../../src/testing/jest/index.js';

/** What a matcher that does not match says. */
async function messageOf(matched: Promise<void>): Promise<string[]> {
  try {
    await matched;
  } catch (error: unknown) {
    return (error as Error).message.split('\n');
  }
  throw new Error('it did match');
}

const boom = new Error('boom');

/** A group of one that works and one that fails when it is torn down. */
function failingTeardown() {
  return group({
    api: runner({ run: () => NEVER }),
    db: runner({ run: () => NEVER, teardown: () => throwError(() => boom) }),
  });
}

describe('toStopCleanly', () => {
  it('should start a source, and stop it when it is ready', async () => {
    const log: string[] = [];
    const api = runner({
      run: async ({ signal, ready }) => {
        await Promise.resolve();
        log.push(`ready, stopped: ${String(signal.aborted)}`);
        ready();
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
        log.push('stopped');
      },
      teardown: () => timer(5),
    });

    await expect(group({ api })).toStopCleanly();

    expect(log).toStrictEqual(['ready, stopped: false', 'stopped']);
  });

  it('should stop a source that does not become ready', async () => {
    await expect(NEVER).toStopCleanly({ after: 5 });
    await expect(runner({ run: () => NEVER })).toStopCleanly();
  });

  it('should pass for a source that ends by itself', async () => {
    await expect(of('a')).toStopCleanly();
    await expect(Promise.resolve()).toStopCleanly();
  });

  it('should stop a run', async () => {
    const run = start(runner({ run: () => NEVER, teardown: () => timer(5) }));

    await expect(run).toStopCleanly();

    expect(run.closed).toBe(true);
  });

  it('should fail with what failed, by name', async () => {
    expect(await messageOf(expect(failingTeardown()).toStopCleanly())).toStrictEqual([
      'expected the run to stop cleanly, but it failed:',
      '',
      '  db (teardown): Error: boom',
    ]);
  });

  it('should fail for a run that had failed', async () => {
    const run = start(
      throwError(() => boom),
      { error: () => undefined },
    );

    expect(await messageOf(expect(run).toStopCleanly())).toStrictEqual([
      'expected the run to stop cleanly, but it failed:',
      '',
      '  Error: boom',
    ]);
  });

  it('should fail with the names of those that are still stopping', async () => {
    const teardown = new Subject<never>();
    const slow = group({
      api: runner({ run: () => NEVER }),
      db: group({ pool: runner({ run: () => NEVER, teardown: () => teardown }) }),
    });

    const message = await messageOf(expect(slow).toStopCleanly({ within: 10, after: 0 }));

    expect(message).toStrictEqual([
      'expected the run to stop cleanly, but after 10 ms it was still stopping: db, db/pool',
    ]);
    teardown.complete();
  });

  it('should pass with not for one that does not', async () => {
    await expect(failingTeardown()).not.toStopCleanly();

    expect(await messageOf(expect(NEVER).not.toStopCleanly({ after: 0 }))).toStrictEqual([
      'expected the run not to stop cleanly, but it did',
    ]);
  });

  it.each([
    [{ within: -1 }, "toStopCleanly: 'within' must be milliseconds, 0 or more, got -1"],
    [{ after: '1s' }, "toStopCleanly: 'after' must be milliseconds, 0 or more, got '1s'"],
  ])('should refuse %j', async (options, message) => {
    await expect(expect(NEVER).toStopCleanly(options as never)).rejects.toStrictEqual(new TypeError(message));
  });
});

describe('toFailWith', () => {
  const failing = () =>
    group({
      db: runner({ run: () => NEVER, teardown: () => throwError(() => new Error('still in use')) }),
      api: group({ socket: runner(() => throwError(() => new TypeError('no route'))) }),
    });

  it.each([
    { path: ['api', 'socket'] },
    { path: ['api', 'socket'], error: /route$/ },
    { path: ['api', 'socket'], phase: 'run' as const, error: 'no ' },
    { error: TypeError },
    { error: new TypeError('no route') },
    { error: expect.any(TypeError) },
    { path: ['db'], phase: 'teardown' as const, error: 'use' },
    {},
  ])('should find a failure that is like %o', async (failure) => {
    await expect(failing()).toFailWith(failure);
  });

  it.each([
    { path: ['api'] },
    { path: ['api', 'socket'], error: /^route/ },
    { path: ['api', 'socket'], phase: 'teardown' as const },
    { path: ['db'], error: 'no route' },
    { error: RangeError },
    { error: new TypeError('route') },
    { path: [] },
  ])('should find none that is like %o', async (failure) => {
    await expect(failing()).not.toFailWith(failure);
  });

  it('should find the failure of a run, and one outside a group, whose path is empty', async () => {
    const run: Run = start(
      throwError(() => boom),
      { error: () => undefined },
    );

    await expect(run).toFailWith({ path: [], error: boom });
    await expect(throwError(() => boom)).toFailWith({ path: [], error: boom });
    await expect(runner(() => Promise.reject(undefined as unknown as Error))).toFailWith({ error: 'undefined' });
  });

  it('should take the failures of a RunGroupError that is passed on', async () => {
    const error = new RunGroupError([{ path: ['api'], phase: 'run', error: boom }]);

    await expect(throwError(() => error)).toFailWith({ path: ['api'], error: 'boom' });
  });

  it('should fail with all that failed', async () => {
    const message = await messageOf(expect(failing()).toFailWith({ path: ['api'], error: /boom/ }));

    expect(message).toStrictEqual([
      "expected the run to fail with { path: ['api'], error: /boom/ }, but it failed:",
      '',
      '  api/socket (run): TypeError: no route',
      '  db (teardown): Error: still in use',
    ]);
  });

  it('should fail where it ended without a failure', async () => {
    expect(await messageOf(expect(of('a')).toFailWith({ path: ['api'] }))).toStrictEqual([
      "expected the run to fail with { path: ['api'] }, but it ended without a failure",
    ]);
  });

  it('should fail where it is still running, and stop what it has started', async () => {
    const log: string[] = [];
    const api = runner({ run: () => NEVER, teardown: () => void log.push('stopped') });
    const run = start(api);

    const messages = [
      await messageOf(expect(api).toFailWith({ within: 5 })),
      await messageOf(expect(run).toFailWith({ within: 5 })),
    ];

    const message = 'expected the run to fail with {}, but after 5 ms it was still running';
    expect(messages).toStrictEqual([[message], [message]]);
    expect(log).toStrictEqual(['stopped']);
    await run.stop();
  });

  it('should say what it found where it was to find nothing like it', async () => {
    expect(await messageOf(expect(throwError(() => boom)).not.toFailWith({ error: 'boom' }))).toStrictEqual([
      "expected the run not to fail with { error: 'boom' }, but it failed:",
      '',
      '  Error: boom',
    ]);
  });

  it.each([
    [undefined, 'toFailWith: the failure must be { path, phase, error }, got undefined'],
    [{ within: NaN }, "toFailWith: 'within' must be milliseconds, 0 or more, got NaN"],
  ])('should refuse %j', async (failure, message) => {
    await expect(expect(NEVER).toFailWith(failure as never)).rejects.toStrictEqual(new TypeError(message));
  });
});
