import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type LifecycleEvent } from 'rx-runner';
import { health, httpServer } from 'rx-runner/node';
import { catchError, defer, ignoreElements, merge, ReplaySubject, tap, type Observable } from 'rxjs';
import { type Database } from './Database.js';
import { listenError } from './listenError.js';
import { pages } from './pages.js';
import { snapshots } from './snapshots.js';
import { story, type Story } from './story.js';

export interface WebsiteSettings {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
}

/**
 * A runner: a page with live figures, and `/livez`, `/readyz`, `/healthz`. Emits its address. At the stop it ends the event
 * streams, and finishes the other responses.
 */
export function website(
  { host, port }: WebsiteSettings,
  database: Observable<Database>,
  lifecycle: Observable<LifecycleEvent>,
): Observable<AddressInfo> {
  return defer(() => {
    const known = new ReplaySubject<Story>(1);
    const server = createServer(pages(snapshots(database, known)));
    return merge(
      httpServer(server, { host, port }),
      health({ server }, lifecycle),
      story(lifecycle).pipe(tap(known), ignoreElements()),
    );
  }).pipe(
    catchError((error: unknown) => {
      throw listenError(error, `${host}:${port}`, 'PORT');
    }),
  );
}
