// The first example of README.md, run as it stands there, on a clock of its own, with Ctrl-C after 2.4 seconds.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programsOf } from '../documentation.mjs';
import { Clock } from './Clock.mjs';
import { recording } from './recording.mjs';

const stopAt = 2400;
/** One character of a marble diagram, in milliseconds. */
const frame = 100;

/** Returns the events of its group, what it prints, and its values as marbles. */
export async function firstExample() {
  const lines = await printed();
  assert.ok(recording.endedAt > stopAt, 'the first example does not end');
  return { events: recording.events, output: lines.join('\n'), marbles: marbles(recording) };
}

async function printed() {
  const lines = [];
  const directory = mkdtempSync(join(tmpdir(), 'rx-runner-first-'));
  const clock = new Clock();
  const { log } = console;
  console.log = (...values) => lines.push(values.join(' '));
  clock.install();
  try {
    await import(recordingVersion(directory));
    await clock.advance(stopAt);
    lines.push('^C');
    process.emit('SIGINT', 'SIGINT');
    await clock.advance(stopAt);
  } finally {
    clock.uninstall();
    console.log = log;
    rmSync(directory, { recursive: true, force: true });
  }
  return lines;
}

/** The example in a file, which imports the recording in place of the package. */
function recordingVersion(directory) {
  const [{ code }] = programsOf('README.md');
  const recorder = pathToFileURL(resolve('scripts/pictures/recording.mjs')).href;
  assert.ok(code.includes("from 'rx-runner'"));
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  const file = join(directory, 'first.mts');
  writeFileSync(file, code.replace("from 'rx-runner'", `from '${recorder}'`));
  return pathToFileURL(file).href;
}

function marbles({ events, values, endedAt }) {
  const members = Array.from(new Set(events.map(({ path }) => path[0])));
  const lanes = members.map((member) => {
    const at = (type) => events.find((event) => event.path[0] === member && event.type === type)?.at;
    const own = values.filter((value) => value.member === member);
    const completed = at('completed');
    if (completed !== undefined) return [member, lane(own, completed)];
    return [member, `${lane(own, at('stopping'), '!').padEnd(at('stopped') / frame, '.')}|`];
  });
  const width = Math.max(...members.map(({ length }) => length)) + 2;
  return [...lanes, ['group', lane(values, endedAt)]]
    .map(([name, diagram]) => `${name.padEnd(width)}${diagram}`)
    .join('\n');
}

/** Values by their first letter; what comes in one frame with the end is a group with it. */
function lane(values, end, mark = '|') {
  let diagram = '';
  const draw = (at, marble) => (diagram = diagram.padEnd(at / frame, '-') + marble);
  const last = values.filter(({ at }) => at === end);
  for (const { value, at } of values.slice(0, values.length - last.length)) draw(at, String(value).charAt(0));
  const letters = last.map(({ value }) => String(value).charAt(0)).join('');
  draw(end, letters ? `(${letters}${mark})` : mark);
  return diagram;
}
