import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { noop } from 'rxjs';
import type { StopError } from '../../index.js';
import { drainKey, type SignalOf } from './drainKey.js';
import { Connections, type Following, type Listeners } from './follow.js';

/** What a connection is busy with. */
interface Exchange {
  /** None where the connection was upgraded: it is the application's from then on. */
  readonly response?: ServerResponse;
  /** Made when the application asks for its signal. */
  controller?: AbortController;
}

type Exchanges = Map<IncomingMessage, Exchange>;

/** Follows the requests of an http or https server: a request whose event has fired gets its whole response. */
export function followRequests(server: Server, listeners: Listeners): Following {
  let draining: StopError | undefined;

  const endIfIdle = (socket: Socket, exchanges: Exchanges | undefined): void => {
    if (!draining || exchanges?.size !== 0) return;
    // no more is read: a request that came in now would be lost with the connection
    socket.pause();
    socket.destroySoon();
  };

  const connections = new Connections<Socket, Exchanges>(server, listeners, (socket) => {
    const exchanges: Exchanges = new Map();
    const signalOf: SignalOf = (request) => {
      const exchange: Exchange = exchanges.get(request) ?? {};
      const controller = (exchange.controller ??= new AbortController());
      if (draining) controller.abort(draining);
      return controller.signal;
    };
    Object.assign(socket, { [drainKey]: signalOf });
    endIfIdle(socket, exchanges);
    return exchanges;
  });

  const requested = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const exchanges = connections.open.get(socket);
    if (!exchanges) return;
    exchanges.set(request, { response });
    const announce = (): void => {
      if (draining) closeAfterLast(exchanges);
    };
    const over = (): void => {
      exchanges.delete(request);
      endIfIdle(socket, exchanges);
    };
    announce();
    // before the listeners of the application, which may answer then
    if (hasBody(request)) request.once('end', announce);
    response.once('close', () => {
      // answered before all of it has come: to close now would reset the connection, and the answer would be lost
      if (request.complete) over();
      else request.once('end', over);
    });
  };
  const upgraded = (request: IncomingMessage, socket: Socket): void => {
    connections.open.get(socket)?.set(request, {});
  };
  listeners.before('request', requested);
  listeners.along('checkContinue', requested);
  listeners.along('checkExpectation', requested);
  listeners.along('upgrade', upgraded);
  listeners.along('connect', upgraded);

  return {
    drain(reason) {
      draining = reason;
      closeListener(server);
      connections.destroyHandshakes();
      connections.open.forEach((exchanges, socket) => {
        closeAfterLast(exchanges);
        for (const { controller } of exchanges.values()) controller?.abort(reason);
        endIfIdle(socket, exchanges);
      });
    },
    destroy() {
      connections.destroyAll();
    },
  };
}

/**
 * Tells the client that it is the last response. Node closes the connection after the one that says so, whatever is still to
 * come: no earlier one may say it, nor one to a request that is still being received.
 */
function closeAfterLast(exchanges: Exchanges): void {
  const open = [...exchanges];
  const last = open.pop();
  for (const [, { response }] of open) if (!response?.headersSent) response?.removeHeader('Connection');
  if (!last) return;
  const [request, { response }] = last;
  if (!response?.headersSent && (request.complete || !hasBody(request))) response?.setHeader('Connection', 'close');
}

function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * `close` of an http server would end connections itself, and takes a response for over that was ended but is still being
 * sent. It has to be called all the same: it stops the timer that looks for slow clients, which would hold the server.
 */
function closeListener(server: Server): void {
  server.closeIdleConnections = noop;
  try {
    server.close();
  } finally {
    Reflect.deleteProperty(server, 'closeIdleConnections');
  }
}
