import { connect, type NatsConnection, type NatsError } from 'nats';
import { withResource } from 'rx-runner';
import { from, startWith, switchMap, type Observable } from 'rxjs';
import { ForeseenError } from '../pipeline/ForeseenError.js';

/** A connection to NATS, which comes back by itself when it was lost; emits it when it is there. */
export function nats(url: string): Observable<NatsConnection> {
  return withResource({
    name: 'nats',
    acquire: () => connected(url),
    use: (connection) =>
      // it ends only for a reason, such as being refused when it comes back
      from(connection.closed()).pipe(
        switchMap((error) => {
          throw error instanceof Error ? error : new Error(`NATS at ${url}: the connection was closed`);
        }),
        startWith(connection),
      ),
    // Not `drain()`, which waits for a server that may be gone; whoever has sent something here has waited for the answer.
    release: (connection) => connection.close(),
  });
}

async function connected(url: string): Promise<NatsConnection> {
  try {
    return await connect({
      servers: url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      // a link that is dead, and not closed, is noticed after two pings
      pingInterval: 1_000,
      timeout: 2_000,
    });
  } catch (error) {
    throw new ForeseenError(`no NATS at ${url} (${(error as NatsError).code}): start it, or correct NATS_URL`, {
      cause: error,
    });
  }
}
