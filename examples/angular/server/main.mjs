// The server that the page talks to: its files, prices through a socket, rooms, a health check, a cache to write to, and a log
// of what it saw, in the order in which it saw it: GET /log.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const files = fileURLToPath(new URL('../dist/browser', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const log = [];
let broken = false;

const api = {
  'GET /log': (_request, response) => json(response, log),
  'GET /api/health': (_request, response) => {
    if (broken) {
      broken = false;
      response.writeHead(503).end();
    } else json(response, { connections: sockets.clients.size });
  },
  'POST /api/break': (_request, response) => {
    broken = true;
    response.writeHead(204).end();
  },
  'POST /api/cache': async (request, response) => {
    const prices = JSON.parse(await text(request));
    const isBeacon = request.url.endsWith('?beacon');
    // as a database would take its time
    if (!isBeacon) await delay(200);
    log.push(`${isBeacon ? 'beacon' : 'cache'}: ${prices.map(({ id }) => id).join(' ')}`);
    response.writeHead(204).end();
  },
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  try {
    const answer = api[`${request.method} ${pathname}`];
    if (answer) await answer(request, response);
    else await file(pathname, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
});

const sockets = new WebSocketServer({ server });
let id = 0;

sockets.on('connection', (socket, { url }) => {
  log.push(`${url}: open`);
  socket.on('close', () => log.push(`${url}: closed`));
  socket.on('error', (error) => console.error(url, error.message));
  if (url === '/feed') {
    const pushing = setInterval(() => socket.send(JSON.stringify({ id: ++id, price: 100 + (id % 7) })), 200);
    socket.on('close', () => clearInterval(pushing));
  } else {
    socket.on('message', async (data) => {
      // a message takes a while to arrive: whoever closes at once loses it
      await delay(150);
      log.push(`${url}: ${data}`);
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ said: String(data) }));
    });
  }
});

function json(response, value) {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** A file, or the page: its paths are the router's. */
async function file(pathname, response) {
  const path = extname(pathname) ? normalize(pathname) : '/index.html';
  const content = await readFile(join(files, path)).catch(() => undefined);
  if (content) response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(content);
  else response.writeHead(404).end();
}

server.listen(Number(process.env.PORT ?? 4200), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});

process.once('SIGTERM', () => {
  for (const socket of sockets.clients) socket.terminate();
  server.close();
  server.closeAllConnections();
});
