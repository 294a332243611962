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
    exchanges?.set(request, { response });
    if (draining && exchanges) closeAfterLast(exchanges);
    response.once('close', () => {
      exchanges?.delete(request);
      endIfIdle(socket, exchanges);
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

/** Tells the client that it is the last response. Node ends the connection after the one that says so: no earlier one may. */
function closeAfterLast(exchanges: Exchanges): void {
  const open = [...exchanges.values()].flatMap(({ response }) => (response && !response.headersSent ? [response] : []));
  const last = open.pop();
  last?.setHeader('Connection', 'close');
  for (const response of open) response.removeHeader('Connection');
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
