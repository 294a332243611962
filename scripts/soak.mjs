// Runs more random programs than CI does, and other ones each time. Repeats the specs of real processes, sockets and signals, which
// CI runs once, and says how often each round failed. Then it kills the pipeline more often than CI does. Run it by `npm run soak`,
// or, for fewer rounds, by `npm run soak -- 5`.
import { spawnSync } from 'node:child_process';

const rounds = Number(process.argv[2] ?? 20);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`not a number of rounds: ${process.argv[2]}`);

const jest = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
  '--selectProjects',
  'src',
  '--ci',
];
let passed = 0;
let failed = 0;

/** Runs specs, and says how it went. */
function run(name, path, env) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...jest, path], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  const sum = /(\d+) passed, (\d+) failed/.exec(stdout.trim().split('\n').at(-1) ?? '');
  const failures = sum ? Number(sum[2]) : 1;
  passed += sum ? Number(sum[1]) : 0;
  failed += status !== 0 && failures === 0 ? 1 : failures;
  if (status !== 0) console.log(stderr);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`${name}: ${sum?.[0] ?? 'did not run'} (${seconds} s)`);
}

const programs = 1_000 * rounds;
const seed = Date.now() % 2 ** 31;
run(`${programs} random programs, of the seed ${seed}`, 'spec/programs-spec.ts', {
  PROGRAMS: String(programs),
  PROGRAMS_SEED: String(seed),
});

for (let round = 1; round <= rounds; round++)
  // the server under load is stopped more often, too
  run(`round ${round} of ${rounds}`, 'spec/node/process', { LOAD_STOPS: process.env.LOAD_STOPS ?? '50' });

const kills = Math.ceil(1.5 * rounds);
console.log(`the pipeline, ended ${kills} times in each way:`);
const pipeline = spawnSync(process.execPath, ['scripts/pipeline.mjs', kills], { stdio: 'inherit' });
if (pipeline.status === 0) passed += 1;
else failed += 1;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
