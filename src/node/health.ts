import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Observable, ObservableInput } from 'rxjs';
import type { LifecycleEvent } from '../index.js';
import { answerProbe } from './internal/answerProbe.js';
import { check, checkObject } from './internal/check.js';
import { checkListening } from './internal/checkListening.js';
import { followRequests } from './internal/followRequests.js';
import { hosted } from './internal/hosted.js';
import { intercept } from './internal/intercept.js';
import { isHttpServer } from './internal/isHttpServer.js';
import { memberStates } from './internal/memberStates.js';
import { serve, type PortOptions } from './internal/serve.js';
import { createServer, defer, from, ignoreElements, merge, tap } from './internal/imports.js';

/**
 * Answers the probes of Kubernetes, and of whoever else asks: `/livez`, `/readyz` and `/healthz`.
 *
 * | path       | 200                                                                | 503                 |
 * | ---------- | ------------------------------------------------------------------ | ------------------- |
 * | `/livez`   | for as long as it runs                                             | never               |
 * | `/healthz` | the same: an old name, which is mostly asked for liveness          | never               |
 * | `/readyz`  | while every member is ready or has completed, and nothing is stopping | before and after it |
 *
 * It is 503 before the first member is torn down. The body is a {@link HealthState} as JSON. It answers GET and HEAD;
 * other requests get 404, or are left to the application.
 *
 * It never ends by itself, and errs as `httpServer` does, or if `events$` does. On a port of its own it emits its address; with
 * a server that is there, nothing.
 *
 * As a member of the group that it watches it should be the first, so that it hears of the others, and what they need, so
 * that it is torn down last.
 *
 * @example
 * ```ts
 * import { group, interrupt, type LifecycleEvent } from 'rx-runner';
 * import { health, httpServer } from 'rx-runner/node';
 * import { Subject } from 'rxjs';
 *
 * const lifecycle = new Subject<LifecycleEvent>();
 * group(
 *   {
 *     health: health({ port: 9090 }, lifecycle),
 *     api: httpServer((_, response) => response.end('hello\n'), { port: 8080, delay: 5_000 }),
 *     interrupt: interrupt(),
 *   },
 *   { needs: { api: ['health'] }, grace: 20_000, lifecycle },
 * ).subscribe();
 * ```
 * @param where - `port` and `host` of a server of its own, or the `server` of an application
 * @param events$ - the lifecycle events of a group; the `Subject` that is its `lifecycle`
 * @returns a cold Observable of the address
 * @throws TypeError for a bad option
 * @public
 */
export function health(
  where: Omit<PortOptions, 'delay'>,
  events$: ObservableInput<LifecycleEvent>,
): Observable<AddressInfo>;
/**
 * The same on the server of an application, whose other requests are left alone.
 *
 * @public
 */
export function health(
  where: { readonly server: Server | SecureServer },
  events$: ObservableInput<LifecycleEvent>,
): Observable<never>;
export function health(
  where: Omit<PortOptions, 'delay'> | { readonly server: Server | SecureServer },
  events$: ObservableInput<LifecycleEvent>,
): Observable<AddressInfo> {
  const { server } = where as { readonly server?: Server };
  if (server === undefined) checkListening(name, where);
  else check(isHttpServer(server), name, "'server'", 'an http server', server);
  checkObject(name, 'the events', 'an ObservableInput', events$);
  const events = from(events$);
  return defer(() => {
    const [tell, state] = memberStates();
    const request = (probe: IncomingMessage, response: ServerResponse): boolean =>
      answerProbe(probe, response, state());
    const own = (): Server =>
      createServer((probe, response) => {
        if (!request(probe, response)) response.writeHead(404).end();
      });
    const intercepting = (taken: Server): Observable<never> =>
      hosted(name, (_, ready) => {
        ready();
        return [new Promise(() => undefined), intercept(taken, { request })];
      });
    // events first: those of the members that start next
    return merge(
      events.pipe(tap(tell), ignoreElements()),
      server
        ? intercepting(server)
        : (serve(name, where as PortOptions, own, followRequests) as Observable<AddressInfo>),
    );
  });
}

const name = 'health';
