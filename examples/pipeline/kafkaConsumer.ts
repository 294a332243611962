import { type Batch, type Consumer, type EachBatchPayload } from 'kafkajs';
import { runner, withResource } from 'rx-runner';
import { defer, from, ignoreElements, merge, Subject, takeUntil, tap, type Observable } from 'rxjs';
import { kafkaClient, type KafkaClient } from './kafkaClient.js';
import { kafkaError } from './kafkaError.js';
import { type Order } from './Order.js';

interface Consumption {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly write: (orders: readonly Order[]) => Promise<void>;
}

/** Milliseconds after which the others of a group take over from one that was killed. */
const session = 6_000;

/**
 * A runner: a member of a consumer group, which commits what it has written. At the stop it takes nothing more, finishes
 * and commits the batch in hand, leaves the group and disconnects.
 */
export function kafkaConsumer({ brokers, topic, groupId, write }: Consumption): Observable<readonly Order[]> {
  return defer(() => {
    const committed = new Subject<readonly Order[]>();

    function fail(error: Error): never {
      committed.error(error);
      throw error;
    }

    async function eachBatch({ batch, ...payload }: EachBatchPayload): Promise<void> {
      const orders = await writeAll(batch, write).catch(fail);
      payload.resolveOffset(batch.lastOffset());
      // It commits while the consumer is stopping too, unlike `consumer.commitOffsets`.
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      committed.next(orders);
    }

    async function join(consumer: Consumer): Promise<void> {
      consumer.on(consumer.events.CRASH, ({ payload }) => committed.error(kafkaError(brokers, payload.error)));
      try {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
      } catch (error) {
        throw kafkaError(brokers, error);
      }
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    }

    return withResource({
      name: 'consumer',
      acquire() {
        // A client of its own for each: it remembers offsets, and the broker may have others when it is back. Its requests
        // last longer than a session, for one that joins may wait for another member that was killed.
        const client = kafkaClient(brokers, session + 2_000);
        return { client, consumer: newConsumer(client, groupId) };
      },
      use({ client, consumer }, { ready }) {
        const joined = join(consumer);
        return runner({
          run: () => merge(committed, from(joined).pipe(tap(ready), ignoreElements())),
          // One that is stopped while it joins its group would join it all the same, and stay.
          teardown({ signal }) {
            signal.addEventListener('abort', client.destroy, { once: true });
            return committed.pipe(takeUntil(joined.then(() => consumer.stop())));
          },
        });
      },
      release: ({ consumer }) => consumer.disconnect(),
    });
  });
}

function newConsumer({ kafka }: KafkaClient, groupId: string): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: session,
    rebalanceTimeout: session,
    heartbeatInterval: 1_000,
    maxBytesPerPartition: 64 * 1024, // a batch is written well within the session
    maxWaitTimeInMs: 250, // an idle consumer stops within that
    retry: { restartOnFailure: () => Promise.resolve(false) }, // it is up to us
  });
}

async function writeAll({ messages }: Batch, write: Consumption['write']): Promise<readonly Order[]> {
  const orders = messages.map(({ value }) => JSON.parse(String(value)) as Order);
  await write(orders);
  return orders;
}
