import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { StopError } from '../../index.js';
import { drainKey, type Drainable } from './drainKey.js';
import type { Drain } from './serve.js';

/** What a connection is busy with; without a response where it was upgraded: it is the application's from then on. */
type Exchanges = Map<IncomingMessage & Drainable, ServerResponse | undefined>;

/** Follows the requests of an http or https server: a request whose event has fired gets its whole response. */
export function followRequests(server: Server): Drain<Socket> {
  const busy = new WeakMap<Socket, Exchanges>();
  let draining: StopError | undefined;

  const dismiss = (socket: Socket): void => {
    const exchanges = busy.get(socket);
    if (exchanges?.size) {
      closeAfterLast(exchanges);
      for (const { [drainKey]: controller } of exchanges.keys()) controller?.abort(draining);
      return;
    }
    // no more is read: a request that came in now would be lost with the connection
    socket.pause();
    socket.destroySoon();
  };
  const begun = (request: IncomingMessage, socket: Socket, response?: ServerResponse): void => {
    Object.assign(request, { [drainKey]: new AbortController() });
    const exchanges = busy.get(socket) ?? (new Map() as Exchanges);
    busy.set(socket, exchanges.set(request, response));
    if (draining) dismiss(socket);
  };
  const upgrade = (request: IncomingMessage, socket: Socket): void => {
    begun(request, socket);
  };
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const over = (): void => {
      busy.get(socket)?.delete(request);
      if (draining) dismiss(socket);
    };
    begun(request, socket, response);
    // before the listeners of the application, which may answer then
    request.once('end', () => {
      if (draining) dismiss(socket);
    });
    response.once('close', () => {
      // answered before all of it has come: to close now would reset the connection, and the answer would be lost
      if (request.complete) over();
      else request.once('end', over);
    });
  };

  return {
    events: {
      request: begin,
      checkContinue: begin,
      checkExpectation: begin,
      connect: upgrade,
      upgrade,
    },
    close(reason) {
      draining = reason;
      // It would end connections itself, and takes a response for over that was ended but is still being sent. `close` has to
      // be called all the same: it stops the timer that looks for slow clients, which would hold the server.
      server.closeIdleConnections = () => undefined;
      server.close();
      delete (server as Partial<Server>).closeIdleConnections;
    },
    dismiss,
  };
}

/**
 * Tells the client that it is the last response. Node closes the connection after the one that says so, whatever is still to
 * come: no earlier one may say it, nor one to a request that is still being received.
 */
function closeAfterLast(exchanges: Exchanges): void {
  let left = exchanges.size;
  for (const [request, response] of exchanges) {
    left--;
    if (!response || response.headersSent) continue;
    if (left) response.removeHeader('Connection');
    else if (request.complete || !hasBody(request)) response.setHeader('Connection', 'close');
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length']) > 0;
}
