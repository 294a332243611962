import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { withResource } from 'rx-runner';
import { NEVER, startWith, type Observable } from 'rxjs';
import { drainable } from './drainable.js';

/** Serves until it is stopped, and then finishes what it has begun; emits its address when it listens. */
export function httpServer(port: number, listener: RequestListener): Observable<string> {
  return withResource({
    name: 'http',
    async acquire() {
      const server = createServer(listener);
      const drain = drainable(server);
      server.listen(port, '127.0.0.1');
      await once(server, 'listening'); // fails with what `listen` fails with, as when the port is in use
      return { server, drain };
    },
    use: ({ server }) => NEVER.pipe(startWith(urlOf(server))),
    release: ({ drain }, { signal }) => drain(signal),
  });
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}/`;
}
