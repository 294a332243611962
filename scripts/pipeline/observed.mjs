// What a user of the pipeline sees of it: its page, its lines, its files.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** Waits until the page can be looked at, and returns its address. */
export async function addressOf(program) {
  const [, url] = await program.line(/website +listens on (\S+)/);
  return url;
}

/** What the page shows, again and again; it is over when the website says so. */
export async function* snapshots(url) {
  const response = await fetch(new URL('events', url));
  assert.equal(response.status, 200);
  let event;
  for await (const line of createInterface(Readable.fromWeb(response.body))) {
    const [, field, value] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field !== 'data') continue;
    if (event === 'stopped') return;
    assert.equal(event, 'message', value);
    yield JSON.parse(value);
  }
  assert.fail('the events ended without a word');
}

/** Every member that was started has ended, each when nobody needed it any more, and nothing is left of them. */
export function assertTornDown(program, directory) {
  const steps = stepsOf(program.lines);
  for (const [first, second] of [
    ['producer ended', 'consumer stopping'],
    ['consumer ended', 'broker stopping'],
    ['broker ended', 'database stopping'],
    ['website ended', 'database stopping'],
  ]) {
    const [member] = first.split(' ');
    if (!steps.includes(`${member} starting`) || !steps.includes(second)) continue;
    assert.ok(
      steps.includes(first) && steps.lastIndexOf(first) < steps.indexOf(second),
      `not before '${second}': '${first}'`,
    );
  }
  const members = steps.filter((step) => step.endsWith(' starting')).map((step) => step.split(' ')[0]);
  for (const member of members) assert.ok(steps.includes(`${member} ended`), `${member} has not ended`);
  const locks = readdirSync(directory).filter((name) => name.startsWith('lock'));
  assert.deepEqual(locks, [], 'the folder is still locked');
}

function stepsOf(lines) {
  const step =
    /^\S+ +(database|broker|consumer|producer|website|interrupt) +(starting|stopping|stopped|completed|failed)\b/;
  return lines.flatMap((line) => {
    const [, member, state] = step.exec(line) ?? [];
    if (!member) return [];
    return `${member} ${/^st[ao].*ing$/.test(state) ? state : 'ended'}`;
  });
}

/** Its last member has stopped: now it ends, with that exit code, and nothing that it has forgotten keeps it. */
export async function assertEnds(program, code) {
  await program.line(/database +(stopped|failed)/);
  const stopped = performance.now();
  await program.end(code);
  const seconds = Math.round((performance.now() - stopped) / 1000);
  assert.ok(seconds < 5, `it went on for ${seconds} s after its last member had stopped`);
}

/** It ended with exit code 1 and one line that says who failed and what to do, and the others were torn down. */
export async function assertFailed(program, directory, pattern) {
  await assertEnds(program, 1);
  assertOneReason(program, pattern);
  // neither a stack nor the insides of an error
  const shapeless = program.lines.filter((line) => !/^\d\d:\d\d:\d\d\.\d{3} {2}\w+ +\S/.test(line));
  assert.deepEqual(shapeless, []);
  assertTornDown(program, directory);
}

/** The program's last word: one line. */
export function assertOneReason(program, pattern) {
  const reasons = program.lines.filter((line) => /^\S+ +program +\w+ failed: /.test(line));
  assert.equal(reasons.length, 1, `not one line:\n${reasons.join('\n')}`);
  assert.match(reasons[0], pattern);
}

export async function assertFree(url) {
  const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening'); // fails when the port is still in use
  server.close();
  await once(server, 'close');
}
