// What rx-runner and others do when a process is told to end, measured: each program of conformance/programs is started
// once for each row, and told to end in the way of that row. Writes docs/conformance.md. Run it by `npm run conformance`.
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { format, resolveConfig } from 'prettier';
import { npm } from './npm.mjs';

const folder = fileURLToPath(new URL('../conformance/', import.meta.url));
const table = fileURLToPath(new URL('../docs/conformance.md', import.meta.url));

/** Longer than every limit that a program has: after it, a program hangs. */
const patience = 2_500;

const { version } = JSON.parse(readFileSync(`${folder}../package.json`, 'utf8'));

const versionOf = (name) => {
  const file = [`${folder}node_modules/${name}`, `${folder}../node_modules/${name}`].find((path) => existsSync(path));
  return JSON.parse(readFileSync(`${file}/package.json`, 'utf8')).version;
};

function install() {
  const installed = statSync(`${folder}node_modules/.package-lock.json`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (installed >= statSync(`${folder}package-lock.json`).mtimeMs) return;
  npm(['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Starts a program, does to it what the row says, and waits for its end, but not for ever. */
async function observe(program, { scenario = {}, stimulus = () => undefined }) {
  const child = spawn(process.execPath, [`${folder}programs/${program}.mjs`, JSON.stringify(scenario)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const changes = new EventEmitter();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      changes.emit('change');
    });
  }
  const closed = once(child, 'close');
  const lines = () => output.split('\n');
  const wrote = async (line) => {
    while (!lines().includes(line) && child.exitCode === null && child.signalCode === null) {
      await Promise.race([once(changes, 'change'), closed]);
    }
  };
  let hangs = false;
  let last = performance.now();
  const tell = {
    wrote,
    signal: (signal) => {
      last = performance.now();
      child.kill(signal);
    },
  };
  const given = async () => {
    await wrote('running');
    await stimulus(tell);
  };
  const limit = new AbortController();
  const timeUp = delay(patience, undefined, { signal: limit.signal }).then(
    () => {
      hangs = true;
      child.kill('SIGKILL');
    },
    () => undefined,
  );
  await Promise.all([given(), closed.finally(() => limit.abort())]);
  await timeUp;
  const took = performance.now() - last;
  const { exitCode, signalCode } = child;
  const ownLines = /^(?:alpha|beta) (?:begins|done)$/;
  return {
    hangs,
    took,
    how: hangs ? 'hangs' : (signalCode ?? `${exitCode}`),
    finished: lines().filter((line) => /^(?:alpha|beta) done$/.test(line)).length,
    stayedUp: lines().includes('still running'),
    told: lines()
      .filter((line) => !ownLines.test(line))
      .join('\n'),
  };
}

const shownIn = (told, ...names) => names.filter((name) => told.includes(`${name} broke`));
const list = (names) => (names.length ? `${names.join(' and ')} shown` : 'none shown');
const ended = ({ how, finished }) => `${how}, ${finished}`;
const afterSignals =
  (...signals) =>
  async ({ wrote, signal }) => {
    await wrote('still running');
    for (const step of signals) {
      if (typeof step === 'number') await delay(step);
      else signal(step);
    }
  };

/** Ended at once, or after a limit; and whether it said who hung. */
const howHung = ({ how, hangs, took, told }) => {
  if (hangs) return 'hangs';
  const when = took < 500 ? 'at once' : 'at the limit';
  return [`${how} ${when}`, told.includes('beta') && 'beta named'].filter(Boolean).join(', ');
};

const hung = { beta: { hangs: true } };
const rows = [
  ['SIGTERM', { stimulus: afterSignals('SIGTERM') }, ended],
  ['SIGINT', { stimulus: afterSignals('SIGINT') }, ended],
  ['SIGHUP', { stimulus: afterSignals('SIGHUP') }, ended],
  [
    'both cleanups reject',
    { scenario: { alpha: { rejects: true }, beta: { rejects: true } }, stimulus: afterSignals('SIGTERM') },
    (seen) => `${seen.how}, ${list(shownIn(seen.told, 'alpha', 'beta'))}`,
  ],
  [
    'alpha rejects after 50 ms, beta needs 600 ms',
    {
      scenario: { alpha: { rejects: true, after: 50 }, beta: { after: 600 } },
      stimulus: afterSignals('SIGTERM'),
    },
    (seen) => `${seen.how}, beta ${seen.finished ? 'done' : 'cut off'}, ${list(shownIn(seen.told, 'alpha'))}`,
  ],
  ['beta hangs, nothing holds the loop', { scenario: hung, stimulus: afterSignals('SIGTERM') }, howHung],
  [
    'beta hangs, something holds the loop',
    { scenario: { ...hung, live: true }, stimulus: afterSignals('SIGTERM') },
    howHung,
  ],
  [
    'SIGINT twice, 700 ms apart, beta hangs',
    { scenario: { ...hung, live: true }, stimulus: afterSignals('SIGINT', 700, 'SIGINT') },
    howHung,
  ],
  [
    'SIGINT twice, 400 ms apart, beta hangs',
    { scenario: { ...hung, live: true }, stimulus: afterSignals('SIGINT', 400, 'SIGINT') },
    howHung,
  ],
  [
    'SIGTERM twice, 700 ms apart, beta hangs',
    { scenario: { ...hung, live: true }, stimulus: afterSignals('SIGTERM', 700, 'SIGTERM') },
    howHung,
  ],
  ['SIGINT twice, 5 ms apart', { stimulus: afterSignals('SIGINT', 5, 'SIGINT') }, ended],
  ['an uncaught exception', { scenario: { then: 'throw' } }, ended],
  ['an unhandled rejection', { scenario: { then: 'reject' } }, ended],
  [
    'one more uncaught error while closing',
    { scenario: { alpha: { throwsMeanwhile: true } }, stimulus: afterSignals('SIGTERM') },
    (seen) => `${ended(seen)}, ${seen.told.includes('one more error') ? 'shown' : 'not shown'}`,
  ],
  [
    'all parts are idle, nothing holds the loop',
    { scenario: { idle: true }, stimulus: afterSignals('SIGTERM') },
    (seen) => (seen.stayedUp ? 'stays up' : `ends with ${seen.how}`),
    ['effection', 'rxjs', 'rx-runner'],
  ],
  ['all parts complete', { scenario: { then: 'complete' } }, ended, ['effection', 'rxjs', 'rx-runner']],
];

install();
const programs = [
  ['close-with-grace', `close-with-grace ${versionOf('close-with-grace')}`],
  ['terminus', `terminus ${versionOf('@godaddy/terminus')}`],
  ['effection', `Effection ${versionOf('effection')}`],
  ['async-exit-hook', `async-exit-hook ${versionOf('async-exit-hook')}`],
  ['rxjs', `RxJS ${versionOf('rxjs')} alone`],
  ['rx-runner', `rx-runner ${version}`],
];

const cells = [];
for (const [name, what, tellCell, only] of rows) {
  const row = [name];
  for (const [program] of programs) {
    row.push(only && !only.includes(program) ? '–' : tellCell(await observe(program, what)));
  }
  console.log(row.join(' | '));
  cells.push(row);
}

const head = ['stimulus', ...programs.map(([, title]) => title)];
const text = `# What happens when a process is told to end

Written by \`npm run conformance\`, which installs the other packages in the folder \`conformance\`, builds this one,
and runs every program of \`conformance/programs\` once for each row. Node ${process.version}, ${process.platform} ${release().split('.').slice(0, 2).join('.')}.

Each program has two cleanups, \`alpha\` and \`beta\`, of 150 ms, which run beside each other. Where a library has a limit for
them, it is 1 s. A cell is the exit code, or the signal that the process died of, and how many cleanups have finished. \`hangs\`: it
was still there after ${patience / 1000} s. \`named\`, \`shown\`: the output says who hung, or what failed. \`–\`: the library has no parts that run.

| ${head.join(' | ')} |
| ${head.map(() => '---').join(' | ')} |
${cells.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Of rx-runner it is \`runMain\` with its defaults: 130 after SIGINT, 0 after the other signals, 1 if anything failed, and a second
signal forces 500 ms after the first one at the earliest. [node-main.md](node-main.md) has the rules.
`;
writeFileSync(table, await format(text, { ...(await resolveConfig(table)), parser: 'markdown' }));
