import { runner, stopWhen, withResource } from 'rx-runner';
import { defer, ignoreElements, merge, Subject, takeUntil, tap, type Observable } from 'rxjs';
import { type Backlog } from './Backlog.js';
import { lost, mqttClient } from './mqttClient.js';
import { type Order } from './Order.js';

interface Consumption {
  readonly port: number;
  readonly topic: string;
  readonly backlog: Backlog;
  readonly write: (orders: readonly Order[]) => Promise<void>;
}

/**
 * A runner: writes what the embedded broker has, and acknowledges it when it is written. At the stop it goes on until
 * what has been published is written, for the broker may be the next to go, with all that it holds.
 */
export function embeddedConsumer({ port, topic, backlog, write }: Consumption): Observable<readonly Order[]> {
  return defer(() => {
    const written = new Subject<readonly Order[]>();

    function fail(error: Error): never {
      written.error(error);
      throw error;
    }

    async function handle(payload: Buffer): Promise<void> {
      const orders = JSON.parse(payload.toString()) as readonly Order[];
      await write(orders).catch(fail);
      backlog.delete(orders);
      written.next(orders);
    }

    return withResource({
      name: 'consumer',
      // `clean: false`: the broker keeps what comes while the consumer is being restarted
      acquire: () => mqttClient(port, { clientId: 'consumer', clean: false }, handle),
      use: (client, { ready }) =>
        runner({
          run: () =>
            merge(
              written,
              lost(client),
              defer(() => client.subscribeAsync(topic, { qos: 1 })).pipe(tap(ready), ignoreElements()),
            ),
          teardown: ({ signal }) => merge(written, lost(client)).pipe(stopWhen(signal), takeUntil(backlog.worked())),
        }),
      release: (client, { signal }) => client.endAsync(signal.aborted),
    });
  });
}
