import { PassThrough, Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { Observable } from 'rxjs';
import { carefully } from '../internal/carefully.js';
import { check, isFunction } from './internal/check.js';
import { hosted } from './internal/hosted.js';
import { onAbort } from './internal/onAbort.js';
import { awaitTeardown } from './internal/imports.js';

/**
 * What a pipeline begins with: a `Readable`, or anything else that is iterated over.
 *
 * @public
 */
export type PipelineSource = AsyncIterable<unknown> | Iterable<unknown>;

/**
 * What a pipeline goes on with: a stream, or a function that takes the chunks, and returns them as they are to go on, or, at the
 * end of the pipeline, a promise.
 *
 * @public
 */
export type PipelineStep =
  | NodeJS.WritableStream
  | ((
      chunks: AsyncIterable<never>,
      options: { readonly signal: AbortSignal },
    ) => AsyncIterable<unknown> | PromiseLike<unknown>);

/**
 * Pipes streams into one another, as `pipeline` of `node:stream/promises` does; its stop lets what is under way flow to the end.
 *
 * Told to stop, it takes nothing more from the first stream; what it has taken flows on, through all streams to the last, which is then ended:
 * an archive gets its trailer, a file its last bytes. The teardown has settled when the pipeline has, and the first stream is closed. When the grace
 * period of whoever waits is over, all streams are destroyed.
 *
 * ```
 * first stream    -a-b-c-
 * unsub           -----!
 * last stream     --a-b-(c|)
 * ```
 *
 * It emits nothing; it is ready at once, and completes when the pipeline has. It errs as the pipeline does: with the error of a stream,
 * or because a stream was closed too early.
 *
 * Streams can be used once, and this Observable can then be subscribed to once. Where it may run again, as under `restart()`, let
 * `defer` make the streams.
 *
 * @example
 * ```ts
 * import { createReadStream, createWriteStream } from 'node:fs';
 * import { createGzip } from 'node:zlib';
 * import { streamPipeline } from 'rx-runner/node';
 * import { defer } from 'rxjs';
 *
 * const archive = defer(() =>
 *   streamPipeline(createReadStream('journal.txt'), createGzip(), createWriteStream('journal.txt.gz')),
 * );
 * archive.subscribe({ complete: () => console.log('written') });
 * ```
 * @param source - where the chunks come from
 * @param steps - where they go through, and to
 * @returns an Observable without values
 * @throws TypeError for a source that is none, or without a step
 * @public
 */
export function streamPipeline(
  source: PipelineSource,
  ...steps: readonly [PipelineStep, ...PipelineStep[]]
): Observable<never> {
  check(isIterable(source), where, 'the first stream', 'an iterable', source);
  check(steps.length, where, 'the streams', '2 or more', steps.length + 1);
  for (const step of steps) check(isStep(step), where, 'each later stream', 'a Writable or a function', step);
  return hosted<never>(where, (_, ready) => {
    const input = isStream(source) ? source : Readable.from(source);
    // piped once more, it would bring nothing, and look as if all were well
    if (input.readableEnded || input.destroyed) throw new Error(`${where}: the first stream has been used`);
    // The first stream cannot be told to end: it may be in the middle of a read, and what it pushes after its end is an
    // error. So there is a valve behind it. How much that holds: a chunk of bytes is large, an object may be small.
    const valve = new PassThrough({ objectMode: true, highWaterMark: input.readableObjectMode ? 16 : 1 });
    const cut = new AbortController();
    // a list of anything that a pipeline takes: Node's types know lists of streams only
    const ended = pipeline([valve, ...steps] as NodeJS.ReadWriteStream[], { signal: cut.signal });
    const inputEnded = finished(input, { writable: false });
    let isStopped = false;
    inputEnded.catch((error: unknown) => {
      if (!isStopped) valve.destroy(error as Error);
    });
    input.pipe(valve);
    ready();
    const stop = (isKnown: boolean): void => {
      isStopped = true;
      input.unpipe(valve);
      valve.end();
      if (!isKnown) awaitTeardown(({ signal }) => flushed(ended, cut, signal));
      const closing = closed(input, inputEnded, ended);
      // an iterable that waits for its next value closes when that has come, and without a stop there is no grace period
      if (isKnown && input !== source) closing.catch(() => undefined);
      else awaitTeardown(closing);
    };
    return [ended, stop];
  });
}

const where = 'streamPipeline';

/** Waits until what had been taken has arrived; at the deadline it is cut off. */
function flushed(ended: Promise<void>, cut: AbortController, deadline: AbortSignal): Promise<void> {
  onAbort(deadline, () => {
    cut.abort();
  });
  return ended.catch((error: unknown) => {
    if (!deadline.aborted) throw error;
  });
}

/** Lets go of the first stream when the others have ended: it may be the last one as well. */
async function closed(input: Readable, inputEnded: Promise<void>, ended: Promise<void>): Promise<void> {
  const failure: unknown = await ended.catch((error: unknown) => error);
  // one that has come to its end goes its own way, as after any pipeline: a socket may still be written to
  if (!input.readableEnded) input.destroy();
  await inputEnded.catch((error: unknown) => {
    const code = carefully(() => (error as NodeJS.ErrnoException).code, undefined);
    if (error !== failure && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function isStream(source: PipelineSource): source is Readable {
  return 'pipe' in source;
}

function isIterable(source: unknown): boolean {
  return [Symbol.asyncIterator, Symbol.iterator].some((iterator) => iterator in Object(source));
}

function isStep(step: unknown): boolean {
  return isFunction(step) || 'write' in Object(step);
}
