import { createServer, type IncomingMessage } from 'node:http';
import { group } from 'rx-runner';
import { drainSignal, httpServer, runMain } from 'rx-runner/node';
import { tap } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';

const sockets = new WebSocketServer({ noServer: true });

function join(socket: WebSocket, request: IncomingMessage): void {
  drainSignal(request).addEventListener('abort', () => {
    socket.close(1001, 'the server stops, come again'); // "going away"; it is waited for until the client has answered
    setTimeout(() => socket.terminate(), 5_000).unref(); // and one that does not answer is cut off
  });
  socket.on('message', (message: Buffer) => {
    for (const other of sockets.clients) other.send(message.toString());
  });
  // a frame that cannot be read closes this socket; unheard, it would end the program
  socket.on('error', (error) => console.error(error.message));
}

const server = createServer((_, response) => response.writeHead(426).end('speak WebSocket\n')).on(
  'upgrade',
  (request, socket, head) => sockets.handleUpgrade(request, socket, head, join),
);

const chat = httpServer(server, { port: Number(process.env.PORT ?? 8080) }).pipe(
  tap(({ port }) => console.log(`ws://localhost:${port}/`)),
);

void runMain(group({ chat }), { grace: 10_000 });
