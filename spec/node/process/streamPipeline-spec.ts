import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { defer, Subject } from 'rxjs';
import { GraceExceededError, group, restart, RunGroupError, start, type Run } from '../../../src/index.js';
import { streamPipeline } from '../../../src/node/index.js';
import { until } from '../helpers/children.js';

const directory = mkdtempSync(join(tmpdir(), 'rx-runner-'));
const inDirectory = (name: string): string => join(directory, name);

/** A source that never ends by itself. */
function endless(): Readable {
  let count = 0;
  return new Readable({
    read() {
      setImmediate(() => this.push(`${count++}\n`));
    },
  });
}

/** Keeps what it is given; writes one chunk after the other, and each only when `allowed` says so. */
function slowly(chunks: string[], allowed?: Subject<void>): Writable {
  return new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      if (allowed) {
        const subscription = allowed.subscribe(() => {
          subscription.unsubscribe();
          done();
        });
      } else done();
    },
  });
}

/** Holds as little as it can. */
const transparent = (): Transform => new PassThrough({ highWaterMark: 1 });

const failureOf = (run: Run): Promise<unknown> =>
  run.done.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('streamPipeline', () => {
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  describe('the run', () => {
    it('should pipe the streams into one another, and complete when all are closed', async () => {
      const text = 'a line\n'.repeat(100_000);
      writeFileSync(inDirectory('in'), text);
      const streams = [
        createReadStream(inDirectory('in')),
        createGzip(),
        createWriteStream(inDirectory('out')),
      ] as const;
      await start(streamPipeline(...streams)).done;

      expect(gunzipSync(readFileSync(inDirectory('out'))).toString()).toBe(text);
      expect(streams.map(({ closed }) => closed)).toStrictEqual([true, true, true]);
    });

    it('should take what a pipeline takes: iterables, generators, a function at the end', async () => {
      const upper = async function* (chunks: AsyncIterable<string>) {
        for await (const chunk of chunks) yield chunk.toUpperCase();
      };
      const seen: string[] = [];
      const collect = async (chunks: AsyncIterable<string>): Promise<void> => {
        for await (const chunk of chunks) seen.push(chunk);
      };
      await start(streamPipeline(['a', 'b'], upper, collect)).done;

      expect(seen).toStrictEqual(['A', 'B']);
    });

    it('should keep objects, and strings, as they are', async () => {
      const seen: unknown[] = [];
      const sink = new Writable({
        objectMode: true,
        write(chunk: unknown, _encoding, done) {
          seen.push(chunk);
          done();
        },
      });
      await start(streamPipeline(Readable.from([{ id: 1 }, 'text', 0]), sink)).done;

      expect(seen).toStrictEqual([{ id: 1 }, 'text', 0]);
    });

    it('should be ready at once, and emit nothing', async () => {
      const values: unknown[] = [];
      const run = start(streamPipeline(endless(), slowly([])), (value) => values.push(value));
      await run.ready;

      expect(run.closed).toBe(false);
      await run.stop();
      expect(values).toStrictEqual([]);
    });

    it('should not read far ahead of a slow destination', async () => {
      let read = 0;
      const source = new Readable({
        highWaterMark: 1,
        read() {
          read++;
          setImmediate(() => this.push(Buffer.alloc(1_000)));
        },
      });
      const chunks: string[] = [];
      const pace = new Subject<void>();
      const run = start(streamPipeline(source, slowly(chunks, pace)));
      // it has read all that it will when many turns have passed without another read
      for (let quiet = 0, before = 0; quiet < 50; before = read) {
        await new Promise(setImmediate);
        quiet = read === before ? quiet + 1 : 0;
      }

      expect(chunks).toHaveLength(1);
      expect(read).toBeLessThan(25);
      const stopped = run.stop();
      // what it has read is still written, one by one
      while (!run.closed) {
        pace.next();
        await new Promise(setImmediate);
      }
      await stopped;
    });
  });

  describe('the failure', () => {
    const boom = new Error('boom');
    const failing = (): Transform =>
      new Transform({
        transform(_chunk, _encoding, done) {
          done(boom);
        },
      });

    it.each([
      ['first', () => [Readable.from(throwing()), transparent(), slowly([])] as const],
      ['middle', () => [endless(), failing(), slowly([])] as const],
      ['last', () => [endless(), transparent(), failing()] as const],
    ])('should be that of the %s stream, and all are closed', async (_, make) => {
      const streams = make();
      const error = await failureOf(start(group({ copy: streamPipeline(...streams) })));

      expect(error).toStrictEqual(new RunGroupError([{ path: ['copy'], phase: 'run', error: boom }]));
      expect(streams.map(({ closed }) => closed)).toStrictEqual([true, true, true]);
    });

    function* throwing() {
      yield 'a chunk';
      throw boom;
    }

    it('should be that a stream was closed too early', async () => {
      for (const close of [0, 1, 2] as const) {
        const streams = [endless(), transparent(), slowly([])] as const;
        const run = start(streamPipeline(...streams));
        streams[close].destroy();

        expect(await failureOf(run)).toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
        expect(streams.map(({ closed }) => closed)).toStrictEqual([true, true, true]);
      }
    });

    it('should not wait for an iterable that brings nothing more', async () => {
      const never = async function* () {
        yield 'a chunk';
        await new Promise(() => undefined);
      };

      expect(await failureOf(start(streamPipeline(never(), failing())))).toBe(boom);
    });

    it('should be that the streams were used before', async () => {
      const source = streamPipeline(Readable.from(['a']), slowly([]));
      await start(source).done;

      expect(await failureOf(start(source))).toMatchObject({ message: expect.stringContaining('has been used') });
    });
  });

  describe('the stop', () => {
    it('should let what is under way arrive, and take nothing more', async () => {
      const chunks: string[] = [];
      const allowed = new Subject<void>();
      const source = endless();
      const destination = slowly(chunks, allowed);
      const run = start(streamPipeline(source, new PassThrough(), destination));
      await until('it is full', () => destination.writableNeedDrain || chunks.length > 0);
      for (let written = 1; written < 20; written++) {
        await until('the next chunk', () => chunks.length === written);
        allowed.next();
      }
      const stopped = run.stop();
      while (!destination.closed) {
        allowed.next();
        await new Promise(setImmediate);
      }
      await stopped;

      // all that was taken, in order, and the end
      expect(destination.writableFinished).toBe(true);
      expect(chunks.join('')).toBe(
        Array.from({ length: chunks.join('').split('\n').length - 1 }, (_, i) => `${i}\n`).join(''),
      );
      expect(source.closed).toBe(true);
    });

    it('should leave a whole archive behind', async () => {
      const streams = [endless(), createGzip(), createWriteStream(inDirectory('archive'))] as const;
      const run = start(streamPipeline(...streams));
      await until('something has gone in', () => streams[1].bytesWritten > 1_000);
      await run.stop();

      const lines = gunzipSync(readFileSync(inDirectory('archive')))
        .toString()
        .split('\n');
      expect(lines.slice(0, -1)).toStrictEqual(Array.from({ length: lines.length - 1 }, (_, index) => String(index)));
      expect(streams.map(({ closed }) => closed)).toStrictEqual([true, true, true]);
    });

    it('should not wait for a source that is silent', async () => {
      const streams = [new Readable({ read: () => undefined }), slowly([])] as const;
      await start(streamPipeline(...streams)).stop();

      expect(streams.map(({ closed }) => closed)).toStrictEqual([true, true]);
    });

    it('should end a conversation on one socket when the answers are sent', async () => {
      const runs: Run[] = [];
      let heard = '';
      const server = createServer((socket) => {
        const shout = new Transform({
          transform(chunk, _encoding, done) {
            heard += String(chunk);
            setTimeout(() => done(null, String(chunk).toUpperCase()), 50);
          },
        });
        runs.push(start(streamPipeline(socket, shout, socket)));
      }).listen(0);
      await once(server, 'listening');
      const client: Socket = connect((server.address() as AddressInfo).port);
      client.setEncoding('utf8').write('hello');
      await until('it has arrived', () => heard === 'hello');
      const answer = (async () => {
        let text = '';
        for await (const chunk of client) text += String(chunk);
        return text;
      })();
      await runs[0]?.stop();

      expect(await answer).toBe('HELLO');
      server.close();
    });

    it('should destroy all when the grace period is over', async () => {
      const deadline = new Subject<void>();
      const streams = [endless(), new PassThrough(), slowly([], new Subject())] as const;
      const run = start(group({ copy: streamPipeline(...streams) }, { grace: deadline }));
      await until('it is stuck', () => streams[2].writableLength > 0);
      const stopped = run.stop();
      deadline.next();

      await expect(stopped).rejects.toStrictEqual(
        new RunGroupError([{ path: ['copy'], phase: 'grace', error: new GraceExceededError(['copy'], deadline) }]),
      );
      await until('all are closed', () => streams.every(({ closed }) => closed));
    });

    it('should fail where a stream fails while it is ending', async () => {
      const boom = new Error('boom');
      const source = endless();
      const destination = new Writable({
        write: (_chunk, _encoding, done) => done(),
        final: (done) => done(boom),
      });
      const run = start(streamPipeline(source, destination));

      await expect(run.stop()).rejects.toBe(boom);
      expect(source.closed).toBe(true);
    });

    it('should let what is under way arrive also where the first stream fails meanwhile, and fail', async () => {
      const boom = new Error('boom');
      const chunks: string[] = [];
      const allowed = new Subject<void>();
      const source = new Readable({ objectMode: true, read: () => undefined });
      const destination = slowly(chunks, allowed);
      const run = start(streamPipeline(source, transparent(), transparent(), destination));
      for (const chunk of ['1', '2', '3', '4', '5', '6', '7', '8', '9']) source.push(chunk);
      await until('it is under way', () => chunks.length === 1);
      const failure = failureOf(run);
      void run.stop().catch(() => undefined);
      source.push('late');
      await new Promise(setImmediate);
      source.destroy(boom);
      await until('it is closed', () => source.closed);
      while (!destination.closed) {
        allowed.next();
        await new Promise(setImmediate);
      }

      expect(await failure).toBe(boom);
      expect(chunks.join('')).toBe('123456789');
      expect(destination.writableFinished).toBe(true);
    });

    it('should fail where the first stream cannot be closed, beside the others', async () => {
      const [first, last] = [new Error('first'), new Error('last')];
      const source = new Readable({ read: () => undefined, destroy: (_error, done) => done(first) });
      const destination = new Writable({ final: (done) => done(last) });

      await expect(start(streamPipeline(source, destination)).stop()).rejects.toMatchObject({ errors: [last, first] });
    });

    it('should wait for the end of an iterable', async () => {
      const steps: string[] = [];
      const numbers = async function* () {
        try {
          for (let i = 0; ; i++) {
            await new Promise(setImmediate);
            yield i;
          }
        } finally {
          await new Promise(setImmediate);
          steps.push('finally');
        }
      };
      const run = start(streamPipeline(numbers(), new Writable({ objectMode: true, write: (_c, _e, done) => done() })));
      await run.ready;
      await new Promise(setImmediate);
      await run.stop();

      expect(steps).toStrictEqual(['finally']);
    });
  });

  it('should run again where its streams are made anew', async () => {
    let round = 0;
    const source = defer(() => {
      round++;
      const body = round === 1 ? new Readable({ read: () => body.destroy(new Error('cut')) }) : Readable.from(['ok']);
      return streamPipeline(body, createWriteStream(inDirectory('again')));
    });
    await start(source.pipe(restart())).done;

    expect(round).toBe(2);
    expect(readFileSync(inDirectory('again'), 'utf8')).toBe('ok');
  });

  it.each([
    [() => streamPipeline(undefined as never, new PassThrough()), 'the first stream', 'undefined'],
    [() => streamPipeline(slowly([]) as never, new PassThrough()), 'the first stream', '[Writable]'],
    [() => streamPipeline(...([endless()] as unknown as Parameters<typeof streamPipeline>)), 'the streams', '1'],
    [() => streamPipeline(endless(), endless() as never), 'each later stream', '[Readable]'],
  ])('should refuse %s', (make, option, shown) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`streamPipeline: ${option} must be`);
    expect(make).toThrow(`got ${shown}`);
  });
});
