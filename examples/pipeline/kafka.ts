import { Partitioners } from 'kafkajs';
import { withResource } from 'rx-runner';
import { NEVER, startWith, type Observable } from 'rxjs';
import { type Broker } from './Broker.js';
import { kafkaClient } from './kafkaClient.js';
import { kafkaConsumer } from './kafkaConsumer.js';
import { kafkaError } from './kafkaError.js';

/** A runner: the connection that publishes to Kafka, and the broker as it is seen through it. */
export function kafka(brokers: readonly string[], topic: string, groupId: string): Observable<Broker> {
  const explain = (error: unknown): never => {
    throw kafkaError(brokers, error);
  };
  return withResource({
    name: 'broker',
    async acquire() {
      const { kafka } = kafkaClient(brokers, 3_000);
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect().catch(explain);
      return producer;
    },
    use: (producer) =>
      NEVER.pipe(
        startWith<Broker>({
          name: `Kafka at ${brokers.join(', ')}`,
          async publish(orders) {
            // by its key an order that is sent again comes to the same partition
            const messages = orders.map((order) => ({ key: order.id, value: JSON.stringify(order) }));
            await producer.send({ topic, messages, acks: -1 }).catch(explain);
          },
          consume: (write) => kafkaConsumer({ brokers, topic, groupId, write }),
        }),
      ),
    release: (producer) => producer.disconnect(),
  });
}
