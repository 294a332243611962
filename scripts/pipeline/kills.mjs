// Ends the pipeline at moments when it has much to lose, starts it again, and tells what became of the orders.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { query } from '../services/postgres.mjs';
import { acknowledged } from './delivery.mjs';
import { assertEnds } from './observed.mjs';
import { rowsIn } from './rows.mjs';

const { Kafka, logLevel } = createRequire(new URL('../../examples/pipeline/package.json', import.meta.url))('kafkajs');

const rate = 300;
const topic = 'orders';
const groupId = 'pipeline';

/** What the pipeline is told in a check: a folder of its own, and any port. */
export function settingsIn(folder) {
  return { DATA_DIR: folder, PORT: '0', RATE: String(rate), TOPIC: topic, CONSUMER_GROUP: groupId };
}

/** For each of the signals a start, some load, and the signal at a moment by chance. */
export async function killedAgainAndAgain(bench, settings, signals, random) {
  for (const signal of signals) {
    const program = bench.start(settings);
    const enough = acknowledged(settings.DATA_DIR).length + Math.ceil(2 * random() * rate);
    await bench.until('more orders', () => acknowledged(settings.DATA_DIR).length >= enough);
    await delay(random() * 100);
    await killed(program, signal);
  }
}

async function killed(program, signal) {
  program.kill(signal);
  await (signal === 'SIGKILL' ? program.end(null, signal) : assertEnds(program, 0));
}

/** `kill -9` between the first of write and commit and the second one: a write is held up, and meanwhile the program is killed. */
export async function killedWhileItWrites(bench, settings, root) {
  const url = settings.DATABASE_URL;
  const program = bench.start(settings, root);
  await bench.until('orders in the database', async () => (await rowsIn(url)).length > rate);
  const lock = 'begin; lock table orders in share mode; select pg_sleep(3600)';
  const held = query(url, lock).catch(() => undefined); // ended below
  await bench.until('a write that waits', async () => (await query(url, `select 1 ${waiting}`)).length > 0);
  await killed(program, 'SIGKILL');
  // The server does not see that the client of a statement that waits is gone: it would be executed in the end.
  await query(url, `select pg_terminate_backend(pid, 5000) ${waiting}`);
  await query(url, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where query = '${lock}'`);
  await held;
}

const waiting = `from pg_stat_activity where wait_event_type = 'Lock'`;

/** Starts the pipeline once more, until its consumer group is through with all that the broker has now, and stops it cleanly. */
export async function drained(bench, settings, root) {
  const published = await offsets(settings.KAFKA_BROKERS, (admin) => admin.fetchTopicOffsets(topic));
  // its own orders are none of those that are compared
  const program = bench.start({ ...settings, DATA_DIR: bench.folder(), RATE: '1' }, root);
  await program.line(/producer +ready/);
  await bench.until('the end of the topic', async () => {
    const [{ partitions }] = await offsets(settings.KAFKA_BROKERS, (admin) =>
      admin.fetchOffsets({ groupId, topics: [topic] }),
    );
    return published.every(({ partition, high }) => {
      const committed = partitions.find((one) => one.partition === partition)?.offset ?? -1;
      return Number(high) === 0 || Number(committed) >= Number(high);
    });
  });
  await killed(program, 'SIGTERM');
}

async function offsets(brokers, ask) {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}
