// Runs the pipeline as its users do, and worse: kills it under load, takes its broker away, and looks at what is left, and
// whether orders are lost. `npm run test:pipeline -- 30` kills it 30 times in each way, and `npm run test:pipeline -- 5 broker` does
// only what has "broker" in its name.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Bench } from './pipeline/Bench.mjs';
import { copyThatCommitsFirst } from './pipeline/commitsFirst.mjs';
import { acknowledged, assertDelivered, missing } from './pipeline/delivery.mjs';
import { drained, killedAgainAndAgain, killedWhileItWrites, settingsIn } from './pipeline/kills.mjs';
import {
  addressOf,
  assertEnds,
  assertFailed,
  assertFree,
  assertOneReason,
  assertTornDown,
  snapshots,
} from './pipeline/observed.mjs';
import { randomNumbers } from './pipeline/random.mjs';
import { rowsIn, rowsInFolder } from './pipeline/rows.mjs';
import { freePort } from './services/service.mjs';

const [kills = 5, part = ''] = [process.argv[2] && Number(process.argv[2]), process.argv[3]];
if (!Number.isInteger(kills) || kills < 1) throw new Error(`not a number of kills: ${process.argv[2]}`);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
console.log(`SEED=${seed} has the same moments by chance again`);

async function kafkaAndPostgres(bench) {
  const broker = await bench.kafka();
  return withPostgres(bench, broker);
}

/** Settings for that broker, and a database of their own. */
async function withPostgres(bench, { brokers }) {
  const { url } = await bench.postgres();
  return { ...settingsIn(bench.folder()), KAFKA_BROKERS: brokers, DATABASE_URL: url };
}

/** `kill -9` while a write is held up: what was acknowledged, and what is in the database in the end. */
async function outcomeOfKillWhileItWrites(bench, root) {
  const settings = await kafkaAndPostgres(bench);
  await killedWhileItWrites(bench, settings, root);
  await drained(bench, settings, root);
  return { ids: acknowledged(settings.DATA_DIR), rows: await rowsIn(settings.DATABASE_URL) };
}

function shuffled(items, random) {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

/** Starts it in the folder, watches the figures of its page until they have moved, and stops it. */
async function watchedAndStopped(bench, directory, signal) {
  const program = bench.start({ ...settingsIn(directory), RATE: '20' });
  const url = await addressOf(program);
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/);
  await bench.until('readiness', async () => (await fetch(new URL('readyz', url))).ok);
  const seen = [];
  // the last part of it is that the website says that it stops
  for await (const { figures } of snapshots(url)) {
    seen.push(figures.orders);
    if (figures.orders > seen[0]) program.kill(signal);
  }
  await assertEnds(program, 0);
  assertTornDown(program, directory);
  await assertFree(url);
  return { first: seen[0], last: seen.at(-1) };
}

/** Runs with Kafka and PostgreSQL until orders have gone all the way. */
async function working(bench, settings) {
  const program = bench.start(settings);
  await program.line(/consumer +ready/);
  await ordersAdded(bench, settings);
  return program;
}

async function ordersAdded(bench, { DATABASE_URL }) {
  const before = (await rowsIn(DATABASE_URL)).length;
  await bench.until('more orders in the database', async () => (await rowsIn(DATABASE_URL)).length > before);
}

/** Each lane beside the others, its checks one after the other. */
const lanes = [
  {
    'nothing installed: its figures move, it ends in order, and the next start goes on': async (bench) => {
      const directory = bench.folder();
      const { last } = await watchedAndStopped(bench, directory, 'SIGTERM');
      const { first } = await watchedAndStopped(bench, directory, 'SIGINT');
      assert.ok(first >= last, `it has ${first} orders, after ${last}`);
    },

    [`nothing installed: ${kills} times SIGTERM under load`]: async (bench) => {
      const random = randomNumbers(seed);
      const settings = settingsIn(bench.folder());
      await killedAgainAndAgain(bench, settings, Array(kills).fill('SIGTERM'), random);
      const ids = acknowledged(settings.DATA_DIR);
      const rows = await rowsInFolder(settings.DATA_DIR);
      assertDelivered(ids, rows);
      return `${ids.length} orders acknowledged, ${rows.length} in the database`;
    },
  },
  {
    [`Kafka and PostgreSQL: ${kills} times SIGTERM and ${kills} times SIGKILL under load`]: async (bench) => {
      const random = randomNumbers(seed);
      const settings = await kafkaAndPostgres(bench);
      const signals = Array.from({ length: kills }, () => ['SIGTERM', 'SIGKILL']).flat();
      await killedAgainAndAgain(bench, settings, shuffled(signals, random), random);
      await drained(bench, settings);
      const rows = await rowsIn(settings.DATABASE_URL);
      const ids = acknowledged(settings.DATA_DIR);
      assertDelivered(ids, rows);
      return `${ids.length} orders acknowledged, ${rows.length} in the database`;
    },
  },
  {
    'Kafka and PostgreSQL: SIGKILL while it writes': async (bench) => {
      const { ids, rows } = await outcomeOfKillWhileItWrites(bench);
      assertDelivered(ids, rows);
    },

    'Kafka and PostgreSQL: a consumer that commits before it writes loses orders by that': async (bench) => {
      const root = bench.folder();
      copyThatCommitsFirst(root);
      const { ids, rows } = await outcomeOfKillWhileItWrites(bench, root);
      assert.ok(missing(ids, rows).length > 0, 'nothing was lost: these checks do not see a loss');
      return `${missing(ids, rows).length} of ${ids.length} lost`;
    },
  },
  {
    'the broker is down at the start': async (bench) => {
      const { url } = await bench.postgres();
      const KAFKA_BROKERS = `127.0.0.1:${await freePort()}`;
      const directory = bench.folder();
      const program = bench.start({ ...settingsIn(directory), KAFKA_BROKERS, DATABASE_URL: url });
      const line = new RegExp(`broker failed: no Kafka broker answers at ${KAFKA_BROKERS}: start it, or correct`);
      await assertFailed(program, directory, line);
    },

    'the broker is lost': async (bench) => {
      const broker = await bench.unreliableKafka();
      const settings = await withPostgres(bench, broker);
      const program = await working(bench, settings);
      await broker.cut();
      await assertFailed(
        program,
        settings.DATA_DIR,
        /(consumer|producer) failed: no Kafka broker answers at .*: start/,
      );
    },

    'the broker is lost, and comes back, with RESTART=1': async (bench) => {
      const broker = await bench.unreliableKafka();
      const settings = { ...(await withPostgres(bench, broker)), RESTART: '1' };
      const program = await working(bench, settings);
      await broker.cut();
      await program.line(/consumer +restarting/);
      await broker.restore();
      await ordersAdded(bench, settings);
      program.kill('SIGTERM');
      await assertEnds(program, 0);
      assertTornDown(program, settings.DATA_DIR);
      await drained(bench, settings);
      assertDelivered(acknowledged(settings.DATA_DIR), await rowsIn(settings.DATABASE_URL));
    },

    'the database refuses': async (bench) => {
      const directory = bench.folder();
      const place = `127.0.0.1:${await freePort()}/shop`;
      const program = bench.start({ ...settingsIn(directory), DATABASE_URL: `postgres://user:secret@${place}` });
      await assertFailed(program, directory, new RegExp(`database failed: no PostgreSQL at ${place} .*: start it`));
      assert.ok(!program.lines.join().includes('secret'), 'the password is printed');
    },

    'the database is lost': async (bench) => {
      const { url, stop } = await bench.postgres();
      const directory = bench.folder();
      const program = bench.start({ ...settingsIn(directory), DATABASE_URL: url });
      await program.line(/consumer +ready/);
      await stop();
      await assertFailed(program, directory, /(database|consumer) failed: no PostgreSQL at .*: start it/);
    },

    'its port is in use': async (bench) => {
      const { url } = await bench.postgres();
      const occupant = createServer().listen(0, '127.0.0.1');
      await once(occupant, 'listening');
      const { port } = occupant.address();
      const directory = bench.folder();
      const program = bench.start({ ...settingsIn(directory), DATABASE_URL: url, PORT: String(port) });
      try {
        await assertFailed(program, directory, new RegExp(`website failed: .*127.0.0.1:${port} .*: set PORT`));
      } finally {
        occupant.close();
      }
    },

    'its folder is in use, but not by one that was killed': async (bench) => {
      const { url } = await bench.postgres();
      const directory = bench.folder();
      const settings = { ...settingsIn(directory), DATABASE_URL: url };
      const first = bench.start(settings);
      await addressOf(first);
      const second = bench.start(settings);
      await assertEnds(second, 1);
      assertOneReason(second, /database failed: .* is in use by process \d+: stop that, or set DATA_DIR/);
      assert.ok(first.runs);
      first.kill('SIGKILL');
      await first.end(null, 'SIGKILL');
      const third = bench.start(settings);
      await addressOf(third);
      third.kill('SIGTERM');
      await assertEnds(third, 0);
      assertTornDown(third, directory);
    },
  },
];

const benches = new Set();
process.once('exit', () => {
  for (const bench of benches) bench.destroy();
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

async function run(name, check) {
  const bench = new Bench();
  benches.add(bench);
  const began = performance.now();
  try {
    const result = await check(bench);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`ok      ${name} (${[result, `${seconds} s`].filter(Boolean).join('; ')})`);
  } catch (error) {
    process.exitCode = 1;
    const lines = bench.programs.at(-1)?.lines ?? [];
    console.error(`FAILED  ${name}\n${error.message}\n${lines.slice(-100).join('\n')}`);
  } finally {
    await bench.dispose();
    benches.delete(bench);
  }
}

await Promise.all(
  lanes.map(async (checks) => {
    for (const [name, check] of Object.entries(checks)) if (name.includes(part)) await run(name, check);
  }),
);
