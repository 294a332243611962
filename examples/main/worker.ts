import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { runner, withResource } from 'rx-runner';
import { exhaustMap, switchMap, timer, type Observable } from 'rxjs';
import { log } from './log.js';

/** Polls a server, and appends what it saw to a file, which it flushes when it is stopped. Emits each line. */
export function worker(url: Observable<string>, path: string): Observable<string> {
  return withResource({
    name: 'worker',
    acquire: () => open(path, 'a'),
    // Each poll is a runner: one that is under way at the stop is aborted, and has ended before the file is flushed.
    use: (file) =>
      url.pipe(
        switchMap((address) =>
          timer(0, 500).pipe(exhaustMap(() => runner(({ signal }) => poll(address, file, signal)))),
        ),
      ),
    async release(file) {
      log('worker', `flushes ${path}`);
      await delay(1000); // a slow disk
      await file.sync();
      await file.close();
      log('worker', 'has flushed it');
    },
  });
}

async function poll(address: string, file: FileHandle, signal: AbortSignal): Promise<string> {
  const response = await fetch(address, { signal });
  const line = JSON.stringify(await response.json());
  await file.appendFile(`${line}\n`);
  return line;
}
