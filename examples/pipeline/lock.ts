import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withResource, type RunResult, type RunValue } from 'rx-runner';
import { type Observable } from 'rxjs';
import { birthOf } from './birthOf.js';
import { ForeseenError } from './ForeseenError.js';
import { readIfThere } from './readIfThere.js';

/**
 * A runner: does what `use` returns while a file in the folder says that it belongs to this process. It errs if the folder
 * belongs to another process of this machine; the file of one that has died, as by `kill -9`, is replaced.
 */
export function lock<R extends RunResult>(directory: string, use: () => R): Observable<RunValue<R>> {
  const path = join(directory, 'lock');
  return withResource({
    acquire: () => take(directory, path),
    use,
    release: () => giveBack(path),
  });
}

function take(directory: string, path: string): void {
  while (!isMade(path)) {
    const owner = readIfThere(path);
    if (owner === undefined) continue; // it was released just now
    // empty after a power failure
    const [pid, birth] = owner.split(' ');
    if (birth && birthOf(Number(pid)) === birth) {
      throw new ForeseenError(`${directory} is in use by process ${pid}: stop that, or set DATA_DIR to another folder`);
    }
    removeStale(directory, path, owner);
  }
}

/** Removes the file, if it is still ours: where the folder was removed, somebody else may have made it again, and work in it. */
function giveBack(path: string): void {
  if (readIfThere(path) !== ourselves()) {
    throw new ForeseenError(`${path} is not ours any more: the folder was removed or replaced while it was in use`);
  }
  rmSync(path);
}

/** Makes the file, if there is none. It appears with its content, unlike one that is opened with the flag 'wx'. */
function isMade(path: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, ourselves());
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/**
 * Several may have found it stale, and one of them may have replaced it since. So one at a time looks again and removes it,
 * who holds a lock for that, which is as good as this one: killed right here, it leaves nothing in the way.
 */
function removeStale(directory: string, path: string, owner: string): void {
  const right = `${path}.of.${owner.replace(' ', '.')}`;
  take(directory, right);
  try {
    if (readIfThere(path) === owner) rmSync(path);
  } finally {
    rmSync(right);
  }
}

/** What is in a lock of this process. */
function ourselves(): string {
  return `${process.pid} ${birthOf(process.pid)}`;
}
