import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { concat, defer, finalize, NEVER, Observable, of, throwError, timer } from 'rxjs';
import { group, RunGroupError, runner } from '../../src/index.js';
import * as entry from '../../src/node/index.js';
import { runMain, type MainLogger, type MainOptions } from '../../src/node/index.js';
import { defaultSignals } from '../../src/node/internal/mainSettings.js';

function thrownBy(callback: () => unknown): unknown {
  try {
    callback();
  } catch (error: unknown) {
    return error;
  }
  return undefined;
}

// Signals, uncaught errors and the end of the process: in spec/node/process.
describe('runMain', () => {
  let lines: string[];
  let logger: MainLogger;
  const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection'];
  const listeners = () => events.map((event) => process.listenerCount(event));
  let before: number[];

  beforeEach(() => {
    lines = [];
    logger = {
      info: (line) => lines.push(`info: ${line}`),
      error: (line) => lines.push(`error: ${line.split('\n')[0] ?? ''}`),
    };
    before = listeners();
  });

  afterEach(() => {
    // of Jest's own process
    process.exitCode = undefined;
  });

  it('should be exported from the node entry', () => {
    expect(entry.runMain).toBe(runMain);
  });

  it('should resolve when the source has completed, and say nothing', async () => {
    await expect(runMain(of(1, 2), { logger })).resolves.toBeUndefined();
    expect(process.exitCode).toBeUndefined();
    expect(lines).toStrictEqual([]);
  });

  it('should run a function as runner does', async () => {
    const log: unknown[] = [];

    await runMain(
      async ({ signal }) => {
        await Promise.resolve();
        return of('in its place').pipe(finalize(() => log.push(signal.aborted)));
      },
      { logger },
    );

    expect(log).toStrictEqual([false]);
    expect(lines).toStrictEqual([]);
  });

  it('should report what a function fails with', async () => {
    await expect(runMain(() => Promise.reject(new Error('sad')), { logger })).rejects.toThrow('sad');
    expect(lines).toStrictEqual([expect.stringContaining('Error: sad')]);
    expect(process.exitCode).toBe(1);
  });

  it('should subscribe once, and ignore the values', async () => {
    let subscriptions = 0;
    await runMain(
      defer(() => {
        subscriptions++;
        return timer(0);
      }),
      { logger },
    );
    expect(subscriptions).toBe(1);
  });

  it('should wait for the teardowns of the members that the end of one has stopped', async () => {
    const log: string[] = [];
    const service = runner({ run: () => NEVER, teardown: () => timer(5).pipe(finalize(() => log.push('torn down'))) });

    await runMain(group({ service, job: timer(1) }), { logger });

    expect(log).toStrictEqual(['torn down']);
  });

  it('should take any input: a promise, a list', async () => {
    await expect(runMain(Promise.resolve(1), { logger })).resolves.toBeUndefined();
    await expect(runMain([1, 2], { logger })).resolves.toBeUndefined();
  });

  it('should reject with what the source failed with, print it, and set the exit code', async () => {
    const error = new Error('boom');

    await expect(
      runMain(
        concat(
          timer(1),
          throwError(() => error),
        ),
        { logger },
      ),
    ).rejects.toBe(error);

    expect(process.exitCode).toBe(1);
    expect(lines).toStrictEqual(['error: main failed: Error: boom']);
  });

  it('should print every failure of a group by its path', async () => {
    const db = runner({ run: () => NEVER, teardown: () => throwError(() => new Error('still used')) });
    const api = throwError(() => new TypeError('in use'));

    const outcome = await runMain(group({ db, web: group({ api }) }), { logger }).catch((error: unknown) => error);

    expect(outcome).toBeInstanceOf(RunGroupError);
    expect((outcome as RunGroupError).report?.members.db?.state).toBe('failed');
    expect(lines).toStrictEqual([
      'error: web/api failed: TypeError: in use',
      'error: db teardown failed: Error: still used',
    ]);
  });

  it('should have a failure that is undefined', async () => {
    const outcome = await runMain(new Observable((subscriber) => subscriber.error(undefined)), { logger }).then(
      () => 'resolved',
      (error: unknown) => ['rejected', error],
    );

    expect(outcome).toStrictEqual(['rejected', undefined]);
    expect(lines).toStrictEqual(['error: main failed: undefined']);
  });

  it('should leave an exit code alone that the program has set, if nothing fails', async () => {
    process.exitCode = 3;
    await runMain(of(1), { logger });

    expect(process.exitCode).toBe(3);
    expect(listeners()).toStrictEqual(before);
  });

  it('should listen while it runs, and no longer', async () => {
    let end: (() => void) | undefined;
    const ended = runMain(new Observable((subscriber) => (end = () => subscriber.complete())), { logger });
    expect(listeners()).toStrictEqual(before.map((count) => count + 1));

    end?.();
    await ended;
    expect(listeners()).toStrictEqual(before);
  });

  it('should listen to no signal where the list is empty', async () => {
    const ended = runMain(timer(1), { logger, signals: [] });

    expect(listeners().slice(0, 3)).toStrictEqual(before.slice(0, 3));
    await ended;
  });

  it('should take a console as its logger', () => {
    const options: MainOptions = { logger: console, exitCode: (signal) => signal.length };

    expect(options).toBeDefined();
  });

  it.each([
    ['win32', ['SIGINT', 'SIGBREAK', 'SIGHUP']],
    ['linux', ['SIGINT', 'SIGTERM', 'SIGHUP']],
    ['darwin', ['SIGINT', 'SIGTERM', 'SIGHUP']],
  ])('should by default on %s listen to %p', (platform, signals) => {
    expect(defaultSignals(platform)).toStrictEqual(signals);
  });

  it.each<[option: keyof MainOptions, value: unknown, message: string]>([
    ['signals', 'SIGINT', "names of signals, got 'SIGINT'"],
    ['signals', ['SIGNONE'], "names of signals that a process can listen to, got 'SIGNONE'"],
    ['signals', ['SIGKILL'], "names of signals that a process can listen to, got 'SIGKILL'"],
    ['signals', ['SIGSTOP'], "names of signals that a process can listen to, got 'SIGSTOP'"],
    ['signals', ['toString'], "names of signals that a process can listen to, got 'toString'"],
    ['signals', [15], 'names of signals that a process can listen to, got 15'],
    ['grace', -1, '0 or more, got -1'],
    ['grace', NaN, '0 or more, got NaN'],
    ['grace', '10', "0 or more, got '10'"],
    ['grace', NEVER, '0 or more, got [Observable]'],
    ['grace', null, '0 or more, got null'],
    ['exitCode', 1, "'auto', 'zero', 'signal', 'kill' or a function, got 1"],
    ['exitCode', 'none', "'auto', 'zero', 'signal', 'kill' or a function, got 'none'"],
    ['logger', console.error, 'a logger, got [Function: error]'],
    ['logger', { info: () => undefined }, 'a logger, got [Object]'],
    ['logger', null, 'a logger, got null'],
    ['debounce', -1, '0 or more, got -1'],
    ['debounce', '500', "0 or more, got '500'"],
  ])('should refuse the option %s: %p at once, without a subscription', (option, value, message) => {
    let subscribed = false;
    const source = defer(() => {
      subscribed = true;
      return of(1);
    });
    const error = thrownBy(() => runMain(source, { [option]: value }));

    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toBe(`runMain: '${option}' must be ${message}`);
    expect(subscribed).toBe(false);
  });

  it.each([
    [undefined, 'undefined'],
    ['a string', "'a string'"],
    [7, '7'],
  ])('should refuse the source %p at once', (source, shown) => {
    const error = thrownBy(() => runMain(source as never));

    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toBe(
      `runMain: the source must be an ObservableInput or a function, got ${shown}`,
    );
  });

  it('should leave it to RxJS to refuse what is no input, at once', () => {
    expect(thrownBy(() => runMain({} as never))).toBeInstanceOf(TypeError);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it.each([null, 'fast'])('should refuse the options %p', (options) => {
    expect(thrownBy(() => runMain(of(1), options as never))).toBeInstanceOf(TypeError);
  });

  it('should not be an unhandled rejection where nobody waits', async () => {
    const rejections: unknown[] = [];
    const listener = (reason: unknown) => rejections.push(reason);
    void runMain(
      throwError(() => new Error('boom')),
      { logger },
    );
    while (!lines.length) await new Promise((resolve) => setImmediate(resolve));
    process.on('unhandledRejection', listener);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);

    expect(rejections).toStrictEqual([]);
    expect(lines).toStrictEqual(['error: main failed: Error: boom']);
  });
});
