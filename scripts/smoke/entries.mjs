// The entries beside the root, in the format that the first argument names: they share the root's copy of that format.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { NEVER, timer } from 'rxjs';

const isESM = process.argv[2] === 'esm';
const require = createRequire(import.meta.url);
const load = (name) => (isESM ? import(name) : require(name));

const { group, start } = await load('rx-runner');
const { httpServer, runMain } = await load('rx-runner/node');
const { lifecycleMarbles } = await load('rx-runner/testing');
const { toSvg, toText } = await load('rx-runner/timeline');

// A server that answers, is stopped, and is seen in a timeline.
const events = [];
const server = httpServer((_, response) => response.end('hello'), { port: 0, host: '127.0.0.1' });
let port;
const run = start(group({ server }), (address) => ({ port } = address), {
  lifecycle: { next: (event) => events.push(event) },
});
await run.ready;
const response = await fetch(`http://127.0.0.1:${port}/`);
assert.equal(await response.text(), 'hello');
await run.stop();
assert.equal(run.report().members.server.state, 'stopped');
assert.match(toText(events), /server/);
assert.match(toSvg(events), /^<svg /);

// The main run of a process, which ends by itself.
const before = process.listenerCount('SIGTERM');
await runMain(group({ soon: timer(5), idle: NEVER }));
assert.equal(process.listenerCount('SIGTERM'), before);

// A teardown in virtual time.
lifecycleMarbles(({ runner, cold, expectObservable, expectTeardowns }) => {
  const slow = runner('a---', { teardown: '--|' });
  expectObservable(group([slow, cold('---|')])).toBe('a----|');
  expectTeardowns(slow.teardowns).toBe('---^-!');
});
