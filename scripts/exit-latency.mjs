// How long a process takes from SIGTERM to its exit, beside a hand-written one and close-with-grace; and what importing the
// node entry costs. Medians of many rounds, all in turn, on the built package. Run it by `npm run latency`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 60);
const program = (name) => fileURLToPath(new URL(`latency/${name}.mjs`, import.meta.url));
const median = (figures) => [...figures].sort((a, b) => a - b)[figures.length >> 1];
const fastest = (figures) => Math.min(...figures);

/** Milliseconds from the signal to the exit, as the parent sees it. */
async function exitTime([name, ...args]) {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const exit = once(child, 'exit');
  const began = performance.now();
  child.kill('SIGTERM');
  const [code, signal] = await exit;
  const took = performance.now() - began;
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}`);
  return took;
}

/** Milliseconds that a fresh process takes for these imports, once RxJS and the root entry are loaded. */
async function importTime(modules) {
  const source = `
    await import('rxjs');
    await import(${JSON.stringify(new URL('../dist/esm/index.js', import.meta.url).href)});
    const began = performance.now();
    for (const module of ${JSON.stringify(modules)}) await import(module);
    console.log(performance.now() - began);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  await once(child, 'close');
  return Number(output);
}

async function inTurn(measures, measure) {
  const figures = measures.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, [, what]] of measures.entries()) figures[index].push(await measure(what));
  }
  return measures.map(([name], index) => [name, figures[index]]);
}

/** The built-ins that the files of the node entry import. */
function builtIns(folder) {
  const names = readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/from '(node:[^']+)'/g)])
    .map(([, name]) => name);
  return [...new Set(names)];
}

/** The first one is what the others are compared with: itself too, which shows how much the figures are worth. */
function print(title, [[, least], ...others], most) {
  console.log(`\n${title}`);
  console.log(`  ${''.padEnd(34)}    median     more   fastest     more`);
  for (const [name, figures] of others) {
    const columns = [median, fastest].flatMap((of) => [of(figures), of(figures) - of(least)]);
    console.log(`  ${name.padEnd(34)} ${columns.map((figure) => figure.toFixed(2).padStart(9)).join('')}`);
  }
  const more = median(others.at(-1)[1]) - median(least);
  if (more > most) console.error(`${title}: ${more.toFixed(2)} ms more, at most ${most}`);
  return more > most;
}

const nodeEntry = new URL('../dist/esm/node/', import.meta.url);
const exits = await inTurn(
  [
    ['by hand', ['by-hand']],
    ['by hand', ['by-hand']],
    ['close-with-grace', ['close-with-grace']],
    ['runMain, with a logger of its own', ['rx-runner', 'silent']],
    ['runMain', ['rx-runner']],
  ],
  exitTime,
);
const imports = await inTurn(
  [
    ['its built-ins', builtIns(nodeEntry)],
    ['its built-ins', builtIns(nodeEntry)],
    ['rx-runner/node', [new URL('index.js', nodeEntry).href]],
  ],
  importTime,
);
const tooSlow = [
  print(`from SIGTERM to the exit, in ms, ${rounds} rounds`, exits, 10),
  print(`import, once RxJS and rx-runner are loaded, in ms, ${rounds} rounds`, imports, 5),
];
process.exitCode = tooSlow.includes(true) ? 1 : 0;
