// Makes the pictures of the documentation, in virtual time: docs/pictures/*.svg, and the timelines as text that follow a
// line `<!-- timeline: name -->` in a Markdown file. Those of the first example, what it prints (`<!-- output: first -->`) and its
// marbles come from the very code in README.md. With `--check` it writes nothing, and fails where something differs; it also
// runs the main example in real time, and compares the order in which its members end with that of the picture.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toSvg, toText } from 'rx-runner/timeline';
import { TestScheduler } from 'rxjs/testing';
import { documents } from './documentation.mjs';
import { firstExample } from './pictures/firstExample.mjs';
import { programs } from './pictures/programs.mjs';

const check = process.argv.includes('--check');
const first = await firstExample();
const events = Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, recorded(program)]));
events.first = first.events;
const options = { ...programs, first: { title: 'The first example: Ctrl-C after 2.4 seconds' } };

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

for (const [name, { title, grace }] of Object.entries(options)) {
  write(`docs/pictures/${name}.svg`, `${toSvg(events[name], { title, grace })}\n`);
}
const texts = {
  timeline: (name) => toText(events[name], { columns: 78, grace: options[name].grace }),
  output: () => first.output,
  marbles: () => first.marbles,
};
for (const file of documents) {
  const content = readFileSync(file, 'utf8').replace(
    /(<!-- (timeline|output|marbles): (\w+) -->\n+```\n)[^]*?(?<=\n)(```\n)/g,
    (_, before, kind, name, after) => `${before}${texts[kind](name)}\n${after}`,
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
    console.log('the main example ends as its picture does');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
