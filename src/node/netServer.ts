import type { EventEmitter } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Observable } from 'rxjs';
import { check, isFunction } from './internal/check.js';
import { isHttpServer } from './internal/isHttpServer.js';
import { serve, type PathOptions, type PortOptions } from './internal/serve.js';

/**
 * A server of `node:net` or `node:tls`, or one like them: an ssh2 server.
 *
 * @public
 */
export interface NetServerLike extends EventEmitter {
  listen(target: { readonly port?: number; readonly host?: string; readonly path?: string }): unknown;
  close(): unknown;
  address(): AddressInfo | string | null;
}

/**
 * What a server tells of with its `connection` event.
 *
 * @public
 */
export interface NetConnection {
  once(event: 'close', listener: () => void): unknown;
  end(): unknown;
  destroy?(): unknown;
}

/**
 * How a connection is asked to end.
 *
 * @public
 */
export interface EndOptions<C extends NetConnection = Socket> {
  /** Called once with each connection when the drain begins; default: calls its `end()`. What it throws is a failure. */
  readonly end?: (connection: C) => void;
}

/**
 * Runs a server until it is stopped; then it takes nobody new, ends its connections, and waits until they have closed.
 *
 * It emits its address when it listens, which is when it is ready. It errs if it cannot listen, or if the server has an error later.
 * Stopped, it goes on as before for `delay` milliseconds, if that is given; closes its listener; calls `end()` of each
 * connection, which sends what is still to be sent; and destroys what is left when the grace period is over.
 *
 * ```
 * connections   -a-b---
 * stop          -----!
 * teardown           --|
 * ```
 *
 * `end` says goodbye in the words of the protocol. The server is used by one subscription at a time: another errs
 * with an `AlreadyRunningError`. For http there is
 * `httpServer`: this one would cut responses off.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:net';
 * import { group, interrupt } from 'rx-runner';
 * import { netServer } from 'rx-runner/node';
 *
 * const echo = netServer(
 *   createServer((socket) => socket.pipe(socket)),
 *   { port: 7007, end: (socket) => socket.end('goodbye\n') },
 * );
 * group({ interrupt: interrupt(), echo }, { grace: 5_000 }).subscribe((value) => console.log(value));
 * ```
 * @param server - a server that does not listen yet; its connections have an `end()`
 * @param options - where it listens; `delay`: for how long it goes on after the stop; `end`: how a connection is asked to end
 * @returns a cold Observable of the address
 * @throws TypeError for a bad option, or a server that is none, or one of http
 * @public
 */
export function netServer<C extends NetConnection = Socket>(
  server: NetServerLike,
  options: PortOptions & EndOptions<C>,
): Observable<AddressInfo>;
/**
 * The same on a Unix socket, or a named pipe on Windows; emits its path.
 *
 * @public
 */
export function netServer<C extends NetConnection = Socket>(
  server: NetServerLike,
  options: PathOptions & EndOptions<C>,
): Observable<string>;
export function netServer<C extends NetConnection = Socket>(
  server: NetServerLike,
  options: (PortOptions | PathOptions) & EndOptions<C>,
): Observable<AddressInfo | string> {
  const isServer = isFunction((server as Partial<NetServerLike> | undefined)?.listen) && !isHttpServer(server);
  check(isServer, 'netServer', 'the server', 'a net server', server);
  const { end: dismiss = endOf, ...where } = options;
  check(isFunction(dismiss), 'netServer', "'end'", 'a function', dismiss);
  const close = (): void => {
    server.close();
  };
  return serve<NetServerLike, C>(
    'netServer',
    where,
    () => server,
    () => ({ close, dismiss }),
  );
}

function endOf(connection: NetConnection): void {
  connection.end();
}
