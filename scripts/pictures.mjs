// Makes the pictures of the documentation, in virtual time: docs/pictures/*.svg, and the timelines as text that follow a
// line `<!-- timeline: name -->` in a Markdown file. With `--check` it writes nothing, and fails where something differs; it
// also runs the examples in real time, and compares the order in which their members end with that of the pictures.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toSvg, toText } from 'rx-runner/timeline';
import { TestScheduler } from 'rxjs/testing';
import { programs } from './pictures/programs.mjs';

const check = process.argv.includes('--check');
const events = Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, recorded(program)]));

function recorded({ run }) {
  const steps = [];
  const scheduler = new TestScheduler(assert.deepEqual);
  scheduler.run(({ flush }) => {
    run({ next: (step) => steps.push(step) }).subscribe({ error: () => undefined });
    flush();
  });
  return steps;
}

/** Writes the file, or finds that it is not what it would be. */
function write(file, content) {
  if ((existsSync(file) ? readFileSync(file, 'utf8') : '') === content) return;
  if (!check) {
    writeFileSync(file, content);
    console.log(`wrote ${file}`);
    return;
  }
  console.error(`${file} is not what \`npm run pictures\` makes of it`);
  process.exitCode = 1;
}

for (const [name, { title, grace }] of Object.entries(programs)) {
  write(`docs/pictures/${name}.svg`, `${toSvg(events[name], { title, grace })}\n`);
}
const documents = readdirSync('docs').filter((name) => name.endsWith('.md'));
for (const file of ['README.md', ...documents.map((name) => `docs/${name}`)]) {
  const content = readFileSync(file, 'utf8').replace(
    /(<!-- timeline: (\w+) -->\n+```\n)[^]*?(?<=\n)(```\n)/g,
    (_, before, name, after) =>
      `${before}${toText(events[name], { columns: 78, grace: programs[name].grace })}\n${after}`,
  );
  write(file, content);
}

/** What is printed between a signal, sent when a line has come, and the end. */
async function printedAfter(signal, pattern, args, env = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines = [];
  let signalled = false;
  for await (const line of createInterface(child.stdout)) {
    if (signalled) lines.push(line);
    else if (pattern.test(line)) signalled = child.kill(signal);
  }
  assert.deepEqual(await closed, [0, null], lines.join('\n'));
  return lines;
}

/** Who does something, in which order. */
function orderOf(name, types) {
  return events[name].filter(({ type }) => types.test(type)).map(({ path, type }) => `${path.join('/')} ${type}`);
}

if (check) {
  const directory = mkdtempSync(join(tmpdir(), 'rx-runner-pictures-'));
  try {
    const first = await printedAfter('SIGINT', /^job 1/, ['--import', 'tsx', 'examples/first/first.ts']);
    const ends = first.flatMap((line) => /^(\w+): (?:stopped|committed)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      ends.map((member) => `${member} stopped`),
      orderOf('first', /^stopped$/),
    );
    const args = ['--import', 'tsx', 'examples/main/main.ts'];
    const main = await printedAfter('SIGINT', /worker +ready/, args, { PORT: '0', DATA_DIR: directory });
    const step = /(heartbeat|http|worker|interrupt) +(completed|stopping|stopped)\b/;
    const steps = main.flatMap((line) => step.exec(line)?.slice(1).join(' ') ?? []);
    const told = /completed|stopping/;
    assert.deepEqual(
      steps.filter((each) => told.test(each)),
      orderOf('main', told),
    );
    assert.equal(steps.at(-1), orderOf('main', /^stopped$/).at(-1));
    console.log('the examples end as their pictures do');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
