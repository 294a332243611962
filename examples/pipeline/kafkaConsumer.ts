import { type EachBatchPayload } from 'kafkajs';
import { runner, withResource } from 'rx-runner';
import { defer, from, ignoreElements, merge, Subject, takeUntil, tap, type Observable } from 'rxjs';
import { kafkaClient, kafkaError } from './kafkaClient.js';
import { type Order } from './Order.js';

interface Consumption {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly write: (orders: readonly Order[]) => Promise<void>;
}

/**
 * A runner: a member of a consumer group, which commits what it has written. At the stop it takes nothing more, finishes
 * and commits the batch in hand, leaves the group and disconnects.
 */
export function kafkaConsumer({ brokers, topic, groupId, write }: Consumption): Observable<readonly Order[]> {
  return defer(() => {
    const committed = new Subject<readonly Order[]>();

    function failed(error: Error): never {
      committed.error(error);
      throw error;
    }

    async function eachBatch(payload: EachBatchPayload): Promise<void> {
      const orders = payload.batch.messages.map(({ value }) => JSON.parse(String(value)) as Order);
      await write(orders).catch(failed);
      payload.resolveOffset(payload.batch.lastOffset());
      // unlike `consumer.commitOffsets` this commits while the consumer is stopping, too
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      committed.next(orders);
    }

    return withResource({
      name: 'consumer',
      async acquire() {
        // a client of its own: it remembers offsets, which may be others when the broker is back
        const consumer = kafkaClient(brokers).consumer({
          groupId,
          maxWaitTimeInMs: 500, // for which the stop of an idle consumer waits
          retry: { restartOnFailure: () => Promise.resolve(false) },
        });
        consumer.on(consumer.events.CRASH, ({ payload }) => committed.error(kafkaError(brokers, payload.error)));
        try {
          await consumer.connect();
          await consumer.subscribe({ topic, fromBeginning: true });
        } catch (error) {
          await consumer.disconnect();
          throw kafkaError(brokers, error);
        }
        return consumer;
      },
      use(consumer, { ready }) {
        const joined = consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
        return runner({
          run: () => merge(committed, from(joined).pipe(tap(ready), ignoreElements())),
          // A stop while it joins its group would let it join all the same.
          teardown: () => committed.pipe(takeUntil(joined.then(() => consumer.stop()))),
        });
      },
      release: (consumer) => consumer.disconnect(),
    });
  });
}
