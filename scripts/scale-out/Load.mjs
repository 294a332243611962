import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const { Kafka, logLevel, Partitioners } = createRequire(resolve('examples/pipeline/package.json'))('kafkajs');

/** Sends orders, a few at a time, until it is stopped; knows those that the broker has acknowledged. */
export class Load {
  acknowledged = new Map();
  #producer;
  #stopping = new AbortController();
  #ended;

  static async start(brokers, topic) {
    const load = new Load();
    const client = new Kafka({ clientId: 'load', brokers: [brokers], logLevel: logLevel.NOTHING });
    load.#producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await load.#producer.connect();
    load.#ended = load.#send(topic);
    return load;
  }

  async stop() {
    this.#stopping.abort();
    await this.#ended;
    await this.#producer.disconnect();
  }

  async #send(topic) {
    const { signal } = this.#stopping;
    for (let first = 1; !signal.aborted; first += 10) {
      const orders = Array.from({ length: 10 }, (_, index) => orderOf(first + index));
      const messages = orders.map((order) => ({ key: order.id, value: JSON.stringify(order) }));
      await this.#producer.send({ topic, messages, acks: -1 });
      for (const { id, cents } of orders) this.acknowledged.set(id, cents);
      await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }
}

function orderOf(number) {
  const at = new Date().toISOString();
  return { id: `load-${number}`, at, city: 'Lyon', product: 'coffee', quantity: 1, cents: 100 + (number % 900) };
}
