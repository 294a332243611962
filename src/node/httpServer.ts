import type { RequestListener, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Observable } from 'rxjs';
import { check } from './internal/check.js';
import { followRequests } from './internal/followRequests.js';
import { isHttpServer } from './internal/isHttpServer.js';
import { serve, type PathOptions, type PortOptions } from './internal/serve.js';
import { createServer } from './internal/imports.js';

/**
 * Runs an http or https server until it is stopped; then it takes nobody new, finishes what it has begun, and ends.
 *
 * It emits its address when it listens, which is when it is ready. It errs if it cannot listen, or if the server has an error later.
 * Stopped, it
 *
 * - goes on as before for `delay` milliseconds, if that is given;
 * - closes its listener: new connections are refused;
 * - ends every connection that waits for no response, also one that has never sent anything;
 * - lets each request whose `request` event has fired have its whole response, with `Connection: close`, and ends its
 *   connection after it;
 * - aborts the {@link drainSignal} of requests that would not end by themselves;
 * - destroys what is left when the grace period is over.
 *
 * ```
 * requests   -a-b--c
 * stop       ------!
 * response c       --c
 * teardown         --|
 * ```
 *
 * Connections that were upgraded (WebSocket, CONNECT) are the application's: it has to end them, else they are destroyed at
 * the deadline. It completes if somebody else closes the server.
 *
 * A handler gets a new server with each subscription. A server that is given is used as it is, by
 * one subscription at a time: another errs with an `AlreadyRunningError`.
 *
 * @example
 * ```ts
 * import { group, interrupt } from 'rx-runner';
 * import { httpServer } from 'rx-runner/node';
 *
 * const api = httpServer((request, response) => response.end(`you asked for ${request.url}\n`), { port: 8080 });
 * group({ interrupt: interrupt(), api }, { grace: 10_000 }).subscribe((value) => console.log(value));
 * ```
 * @param app - a request listener, an Express application for one; or a server of `node:http` or `node:https`, Fastify's
 *   `app.server` for one
 * @param options - where it listens; `delay`: for how long it goes on after the stop
 * @returns a cold Observable of the address
 * @throws TypeError for anything else
 * @public
 */
export function httpServer(app: RequestListener | Server | SecureServer, options: PortOptions): Observable<AddressInfo>;
/**
 * The same on a Unix socket, or a named pipe on Windows; emits its path.
 *
 * @public
 */
export function httpServer(app: RequestListener | Server | SecureServer, options: PathOptions): Observable<string>;
export function httpServer(
  app: RequestListener | Server | SecureServer,
  options: PortOptions | PathOptions,
): Observable<AddressInfo | string> {
  const isHandler = typeof app === 'function';
  check(isHandler || isHttpServer(app), 'httpServer', 'the application', 'a listener or an http server', app);
  return serve('httpServer', options, () => (isHandler ? createServer(app) : app), followRequests);
}
