import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { withResource } from 'rx-runner';
import { startWith, type Observable } from 'rxjs';
import { Backlog } from './Backlog.js';
import { type Broker } from './Broker.js';
import { embeddedConsumer } from './embeddedConsumer.js';
import { lost, mqttClient } from './mqttClient.js';

/** A runner: a broker within this process, which needs no installation. What it holds dies with it. */
export function embedded(topic: string): Observable<Broker> {
  return withResource({
    name: 'broker',
    async acquire() {
      const aedes = await Aedes.createBroker();
      const server = createServer(aedes.handle);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { aedes, server };
    },
    use: ({ server }) => connection((server.address() as AddressInfo).port, topic),
    async release({ aedes, server }) {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** The connection that publishes, and the broker as it is seen through it. */
function connection(port: number, topic: string): Observable<Broker> {
  const backlog = new Backlog();
  return withResource({
    acquire: () => mqttClient(port),
    use: (client) =>
      lost(client).pipe(
        startWith<Broker>({
          name: `the embedded broker at mqtt://127.0.0.1:${port}`,
          async publish(orders) {
            backlog.add(orders); // now: they may be written before the acknowledgement is here
            try {
              // one message for all of them, for its consumer takes one message at a time
              await client.publishAsync(topic, JSON.stringify(orders), { qos: 1 });
            } catch (error) {
              backlog.delete(orders);
              throw error;
            }
          },
          consume: (write) => embeddedConsumer({ port, topic, backlog, write }),
        }),
      ),
    release: (client) => client.endAsync(),
  });
}
