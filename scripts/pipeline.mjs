// Runs the pipeline as its users do, and worse: kills it under load, takes its broker away, and looks at what is left, and
// whether orders are lost. `npm run test:pipeline -- 30` kills it 30 times in each way.
import assert from 'node:assert/strict';
import { Bench } from './pipeline/Bench.mjs';
import { copyThatCommitsFirst } from './pipeline/commitsFirst.mjs';
import { acknowledged, assertDelivered, missing } from './pipeline/delivery.mjs';
import { drained, killedAgainAndAgain, killedWhileItWrites, rowsIn, settingsIn } from './pipeline/kills.mjs';
import { randomNumbers } from './pipeline/random.mjs';

const kills = Number(process.argv[2] ?? 5);
if (!Number.isInteger(kills) || kills < 1) throw new Error(`not a number of kills: ${process.argv[2]}`);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
console.log(`SEED=${seed} has the same moments by chance again`);

async function kafkaAndPostgres(bench) {
  const [{ brokers }, { url }] = await Promise.all([bench.kafka(), bench.postgres()]);
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

/** Each lane beside the others, its checks one after the other. */
const lanes = [
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
    for (const [name, check] of Object.entries(checks)) await run(name, check);
  }),
);
