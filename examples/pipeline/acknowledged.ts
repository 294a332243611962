import { open, type FileHandle } from 'node:fs/promises';

/** A file with the ids of acknowledged orders, one a line, open for more of them. */
export interface Acknowledged {
  readonly file: FileHandle;
  /** The number at the end of the last id; 0 if there is none. */
  readonly last: number;
}

/** How much of the end of the file is looked at; many lines. */
const tail = 4096;

/**
 * Opens the file, or makes it. A last line that was cut off, as by `kill -9`, is taken out: its order is sent again, under
 * the same id, as are others that were acknowledged and not recorded any more.
 */
export async function openAcknowledged(path: string): Promise<Acknowledged> {
  const file = await open(path, 'a+');
  const { size } = await file.stat();
  const start = Math.max(0, size - tail);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(tail), 0, tail, start);
  const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  await file.truncate(start + end);
  const [number = 0] = /\d+$/.exec(buffer.toString('utf8', 0, end).trimEnd()) ?? [];
  return { file, last: Number(number) };
}
