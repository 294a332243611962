import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runner, switchRun, withResource, type RunContext } from 'rx-runner';
import { concatAll, exhaustMap, interval, type Observable } from 'rxjs';
import { openAcknowledged, type Acknowledged } from './acknowledged.js';
import { type Broker } from './Broker.js';
import { type Order } from './Order.js';

export interface ProducerSettings {
  /** What the ids of its orders begin with; no two producers have the same. */
  readonly producer: string;
  /** Orders per second. */
  readonly rate: number;
  /** Where it keeps its file of acknowledged ids. */
  readonly directory: string;
}

/** What it sends, round and round. */
const sales = readFileSync(new URL('data/orders.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Omit<Order, 'id' | 'at'>);

/**
 * A runner: sends orders, and keeps the ids of those that the broker has acknowledged in a file; started again, it goes on
 * after the last of them. Emits what was acknowledged. At the stop it waits for what is under way.
 */
export function producer(broker: Observable<Broker>, settings: ProducerSettings): Observable<Order> {
  return broker.pipe(
    switchRun((broker) =>
      withResource({
        name: 'producer',
        acquire: () => openAcknowledged(join(settings.directory, 'acknowledged.txt')),
        use: (acknowledged) => sent(broker, acknowledged, settings),
        release: ({ file }) => file.close(),
      }),
    ),
  );
}

function sent(broker: Broker, { file, last }: Acknowledged, { producer, rate }: ProducerSettings): Observable<Order> {
  const together = Math.ceil(rate / 10);
  let next = last + 1;

  async function send({ signal }: RunContext): Promise<readonly Order[]> {
    const orders = Array.from({ length: together }, (_, index) => order(producer, next + index));
    // What was not acknowledged is sent again by the next start: at a stop it is no failure that the broker is gone.
    await broker.publish(orders).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    await file.appendFile(orders.map(({ id }) => `${id}\n`).join(''));
    next += together;
    return orders;
  }

  // Each sending is a runner: one that is under way at the stop has ended before the file is closed.
  return interval((1000 * together) / rate).pipe(
    exhaustMap(() => runner(send)),
    concatAll(),
  );
}

function order(producer: string, number: number): Order {
  const sale = sales[number % sales.length];
  if (!sale) throw new Error('data/orders.ndjson is empty');
  return { id: `${producer}-${number}`, at: new Date().toISOString(), ...sale };
}
