import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { Subject } from 'rxjs';
import { GraceExceededError, group, restart, RunGroupError, start } from '../../../src/index.js';
import { workerThread, WorkerThreadError, type WorkerThreadOptions } from '../../../src/node/index.js';
import { until, watch, type Watched } from '../helpers/children.js';

jest.setTimeout(30_000);

const directory = mkdtempSync(join(tmpdir(), 'rx-runner-'));

/** The code of a worker: `port` is how it talks to us; `alive` counts up in memory that we share, while it lives. */
const prelude = `
  const { parentPort: port, workerData } = require('node:worker_threads');
  const alive = new Int32Array(workerData?.alive ?? new ArrayBuffer(4));
  const live = () => setInterval(() => Atomics.add(alive, 0, 1), 1);
`;

function worker(code: string, options: WorkerThreadOptions = {}) {
  return workerThread(`${prelude}${code}`, { ...options, eval: true });
}

/** Whether a worker that shares this memory is alive. */
async function isAlive(memory: SharedArrayBuffer): Promise<boolean> {
  const count = new Int32Array(memory);
  const before = Atomics.load(count, 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return Atomics.load(count, 0) !== before;
}

/** Waits until such a worker has done something. */
async function beats(memory: SharedArrayBuffer): Promise<void> {
  const count = new Int32Array(memory);
  const before = Atomics.load(count, 0);
  await until('the worker lives', () => Atomics.load(count, 0) !== before);
}

describe('workerThread', () => {
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  describe('the run', () => {
    it('should emit the messages, and complete when the worker exits', async () => {
      const watched = watch(worker(`for (let i = 0; i < 1_000; i++) port.postMessage({ i });`));
      await watched.run.done;

      expect(watched.values).toStrictEqual(Array.from({ length: 1_000 }, (_, i) => ({ i })));
    });

    it('should emit the last messages of one that fails', async () => {
      const watched = watch(worker(`port.postMessage(1); port.postMessage(2); process.exit(3);`));

      expect(await watched.failure()).toBeInstanceOf(WorkerThreadError);
      expect(watched.values).toStrictEqual([1, 2]);
    });

    it('should run a file, by its path or its URL, with the data that it is given', async () => {
      const file = join(directory, 'echo.cjs');
      writeFileSync(file, `const w = require('node:worker_threads'); w.parentPort.postMessage(w.workerData);`);
      for (const each of [file, pathToFileURL(file)]) {
        const watched = watch(workerThread<string>(each, { workerData: 'data' }));
        await watched.run.done;
        expect(watched.values).toStrictEqual(['data']);
      }
    });

    it('should be ready when the worker is online, though it posts nothing', async () => {
      const watched = watch(group({ worker: worker('live()') }));
      await watched.run.ready;
      expect(watched.events).toStrictEqual(['starting worker', 'ready worker']);
      await watched.run.stop();
    });

    it('should start a worker for each subscription', async () => {
      const source = worker(`port.postMessage(require('node:worker_threads').threadId)`);
      const both = [watch(source), watch(source)];
      await Promise.all(both.map(({ run }) => run.done));

      expect(both[0]?.values).not.toStrictEqual(both[1]?.values);
    });
  });

  describe('the end', () => {
    it('should be the error that the worker did not catch, whatever it is', async () => {
      const thrown = await watch(worker(`throw new RangeError('too far')`)).failure();
      expect(thrown).toMatchObject({ name: 'RangeError', message: 'too far' });

      const rejected = await watch(worker(`Promise.reject(new Error('late')); live()`)).failure();
      expect(rejected).toMatchObject({ message: 'late' });

      await expect(start(worker(`throw undefined`)).done).rejects.toBeUndefined();
    });

    it('should come when the thread is gone', async () => {
      const alive = new SharedArrayBuffer(4);
      const watched = watch(
        worker(`live(); setTimeout(() => { throw new Error('late') }, 20)`, { workerData: { alive } }),
      );

      expect(await watched.failure()).toMatchObject({ message: 'late' });
      expect(await isAlive(alive)).toBe(false);
    });

    it('should be an error with the exit code, where that is not 0', async () => {
      const error = await watch(worker('process.exit(3)')).failure();

      expect(error).toBeInstanceOf(WorkerThreadError);
      expect(error).toMatchObject({ name: 'WorkerThreadError', message: 'the worker exited with code 3', exitCode: 3 });
    });

    it('should be an error where a message cannot be read, and the worker is terminated', async () => {
      const alive = new SharedArrayBuffer(4);
      // a worker with a large stack writes what is nested too deep for ours
      const code = `live(); let deep = []; for (let i = 0; i < 10_000; i++) deep = [deep]; port.postMessage(deep);`;
      const options = { resourceLimits: { stackSizeMb: 64 }, workerData: { alive }, stopMessage: 'stop' };

      expect(await watch(worker(code, options)).failure()).toMatchObject({ name: 'RangeError' });
      expect(await isAlive(alive)).toBe(false);
    });

    it('should be an error where there is no such file, or what Node refuses', async () => {
      const members = { worker: workerThread(join(directory, 'nowhere.js')), other: worker('live()') };
      const missing = watch(group(members));
      expect(await missing.failure()).toMatchObject({
        failures: [{ path: ['worker'], error: { code: 'MODULE_NOT_FOUND' } }],
      });
      expect(missing.events).toContain('stopped other');

      expect(await watch(workerThread('relative.js')).failure()).toMatchObject({ code: 'ERR_WORKER_PATH' });
    });
  });

  describe('the stop', () => {
    it('should terminate a worker that cannot be told, and wait for that', async () => {
      const alive = new SharedArrayBuffer(4);
      const watched = watch(
        worker('live(); process.on("exit", () => port.postMessage("no"))', { workerData: { alive } }),
      );
      await beats(alive);
      await watched.run.stop();

      expect(await isAlive(alive)).toBe(false);
      expect(watched.values).toStrictEqual([]);
    });

    it('should terminate one that never comes back from its own code', async () => {
      const alive = new SharedArrayBuffer(4);
      const watched = watch(worker('for (;;) Atomics.add(alive, 0, 1)', { workerData: { alive } }));
      await beats(alive);

      await expect(watched.run.stop()).resolves.toBeUndefined();
      expect(await isAlive(alive)).toBe(false);
    });

    it('should post the stop message, and wait until the worker has ended by itself', async () => {
      const alive = new SharedArrayBuffer(8);
      const code = `
        const beat = live();
        port.on('message', ({ stop }) => {
          if (stop === 'now') setTimeout(() => { Atomics.store(alive, 1, 1); clearInterval(beat); port.close(); }, 50);
        });`;
      const watched = watch(worker(code, { workerData: { alive }, stopMessage: { stop: 'now' } }));
      await beats(alive);
      await watched.run.stop();

      // its own last act, and no termination before
      expect(Atomics.load(new Int32Array(alive), 1)).toBe(1);
    });

    it('should reach a worker that is not yet up', async () => {
      const watched = watch(worker(`port.once('message', () => process.exit(0)); live()`, { stopMessage: 'stop' }));
      await expect(watched.run.stop()).resolves.toBeUndefined();
      await expect(watch(worker('live()')).run.stop()).resolves.toBeUndefined();
    });

    it('should fail where the worker then fails, or exits with another code', async () => {
      const failing = watch(
        group({ worker: worker(`live(); port.on('message', () => { throw new Error('no') })`, { stopMessage: 1 }) }),
      );
      await expect(failing.run.stop()).rejects.toMatchObject({
        failures: [{ path: ['worker'], phase: 'teardown', error: { message: 'no' } }],
      });

      for (const code of [1, 3]) {
        const exiting = watch(worker(`live(); port.on('message', () => process.exit(${code}))`, { stopMessage: 1 }));
        await expect(exiting.run.stop()).rejects.toMatchObject({ exitCode: code });
      }
    });

    it('should terminate who does not follow the stop message when the grace period is over', async () => {
      const alive = new SharedArrayBuffer(4);
      const deadline = new Subject<void>();
      const members = { worker: worker('live()', { workerData: { alive }, stopMessage: 'stop' }) };
      const watched = watch(group(members, { grace: deadline }));
      await beats(alive);
      const stopped = watched.run.stop();
      await beats(alive);
      deadline.next();

      await expect(stopped).rejects.toStrictEqual(
        new RunGroupError([{ path: ['worker'], phase: 'grace', error: new GraceExceededError(['worker'], deadline) }]),
      );
      await until('it is told of', () => watched.events.includes('late worker'));
      expect(await isAlive(alive)).toBe(false);
    });

    it('should come once, however often it is told', async () => {
      const code = `let count = 0; port.on('message', () => { count++; setTimeout(() => process.exit(count - 1), 50); }); live()`;
      const watched = watch(worker(code, { stopMessage: 'stop' }));
      await Promise.all([watched.run.stop(), watched.run.stop()]);

      await expect(watched.run.stop()).resolves.toBeUndefined();
    });
  });

  it('should be restarted when it has failed, and not when it is stopped', async () => {
    const failOnce = new SharedArrayBuffer(4);
    const code = `port.postMessage('up'); if (Atomics.add(alive, 0, 1) === 0) throw new Error('once'); setInterval(() => {}, 1_000);`;
    const source = worker(code, { workerData: { alive: failOnce } }).pipe(restart());
    const watched: Watched<unknown> = watch(group({ worker: source }));
    await until('it runs again', () => watched.values.length === 2);
    await watched.run.stop();

    expect(watched.events.filter((event) => event.startsWith('restarting'))).toHaveLength(1);
  });

  it('should refuse a stop message that cannot be posted', () => {
    expect(() => workerThread('worker.js', { stopMessage: () => 'stop' })).toThrow('could not be cloned');
  });

  it.each([
    [() => workerThread(''), 'the file', "''"],
    [() => workerThread(undefined as unknown as string), 'the file', 'undefined'],
  ])('should refuse %s', (make, option, shown) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`workerThread: ${option} must be`);
    expect(make).toThrow(`got ${shown}`);
  });
});
