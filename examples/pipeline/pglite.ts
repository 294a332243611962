import { MessageChannel } from 'node:worker_threads';
import { runner } from 'rx-runner';
import { workerThread } from 'rx-runner/node';
import { finalize, map, type Observable } from 'rxjs';
import { type Database } from './Database.js';
import { ordersTable } from './ordersTable.js';
import { pgliteQuery, type ThreadData } from './pgliteQuery.js';

const file = new URL('pgliteThread.mjs', import.meta.url);

/**
 * A runner: PostgreSQL within this process, in a folder, which nobody else may open meanwhile. Emits it when it is open, which
 * takes seconds.
 */
export function pglite(directory: string): Observable<Database> {
  // in a runner of its own: that the thread runs is not that the database is open
  return runner(() => {
    const { port1, port2 } = new MessageChannel();
    const workerData: ThreadData = { directory, port: port2 };
    return workerThread(file, { workerData, transferList: [port2], stopMessage: 'stop' }).pipe(
      // it has posted that it is open
      map(() => ordersTable(`PGlite in ${directory}`, pgliteQuery(port1))),
      finalize(() => port1.close()),
    );
  });
}
