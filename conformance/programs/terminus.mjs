import { createServer } from 'node:http';
import { createTerminus } from '@godaddy/terminus';
import { alpha, limit, running, beta, signals } from '../scenario.mjs';

const server = createServer();
createTerminus(server, {
  signals,
  timeout: limit,
  onSignal: () => Promise.all([alpha(), beta()]),
  logger: console.error,
});
server.listen(0, '127.0.0.1', running);
