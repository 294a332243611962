import { readFileSync } from 'node:fs';

/** The text of a file; `undefined` if there is none, or none any more. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: what Linux tells of a process that has ended since the file was opened
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
