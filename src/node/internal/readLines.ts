import type { Readable } from 'node:stream';

/**
 * Reads a stream line by line, without what ends a line: `\n` or `\r\n`, and nothing else that looks like an end, for JSON
 * has such characters in its strings. It reads on also where nobody wants the lines any more: a process whose output is not
 * read cannot finish.
 *
 * @returns what emits the last line, if that had no end; the end of the stream does, too
 */
export function readLines(
  stream: Readable | null,
  emit: (line: string) => void,
  broken: (error: unknown) => void,
): () => void {
  // in pieces, and only what is new is searched: else a long line would be copied with every chunk that comes
  let pieces: string[] = [];
  const endLine = (): void => {
    const line = pieces.join('');
    pieces = [];
    emit(line.replace(/\r$/, ''));
  };
  const endOutput = (): void => {
    if (pieces.length) endLine();
  };
  stream
    ?.setEncoding('utf8')
    .on('data', (chunk: string) => {
      chunk.split('\n').forEach((piece, index) => {
        if (index) endLine();
        if (piece) pieces.push(piece);
      });
    })
    .on('end', endOutput)
    .on('error', broken);
  return endOutput;
}
