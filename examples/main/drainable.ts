import { type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/**
 * Follows the connections of a server that does not listen yet. What it returns closes that server: nobody new comes in,
 * the responses under way are finished, whoever waits for none is sent away, and at the deadline everybody is.
 *
 * `server.close()` alone waits for clients that are merely connected, and cuts off a response that was ended but is still
 * being sent.
 */
export function drainable(server: Server): (deadline: AbortSignal) => Promise<void> {
  const connections = new Map<Socket, Set<ServerResponse>>();
  let draining = false;

  const endIfIdle = (socket: Socket): void => {
    if (draining && connections.get(socket)?.size === 0) socket.end();
  };
  const destroyAll = (): void => {
    for (const socket of connections.keys()) socket.destroy();
  };

  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set());
    socket.once('close', () => connections.delete(socket));
  });
  // before the listener that answers: headers that are sent cannot be set
  server.prependListener('request', ({ socket }, response) => {
    connections.get(socket)?.add(response);
    if (draining) closeAfter(response);
    response.once('close', () => {
      connections.get(socket)?.delete(response);
      endIfIdle(socket);
    });
  });

  return async (deadline) => {
    draining = true;
    const closed = new Promise((resolve) => {
      NetServer.prototype.close.call(server, resolve);
    });
    for (const [socket, responses] of connections) {
      responses.forEach(closeAfter);
      endIfIdle(socket);
    }
    if (deadline.aborted) destroyAll();
    else deadline.addEventListener('abort', destroyAll, { once: true });
    await closed;
  };
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
