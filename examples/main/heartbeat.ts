import { open, rm } from 'node:fs/promises';
import { withResource } from 'rx-runner';
import { concatMap, timer, type Observable } from 'rxjs';

/** A file that is there while the program runs, and touched every second: a supervisor can tell that it lives. */
export function heartbeat(path: string): Observable<void> {
  return withResource({
    name: 'heartbeat',
    acquire: () => open(path, 'w'),
    use: (file) => timer(0, 1000).pipe(concatMap(() => file.utimes(new Date(), new Date()))),
    async release(file) {
      await file.close();
      await rm(path);
    },
  });
}
