import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { group, runner, start } from 'rx-runner';
import { httpServer } from 'rx-runner/node';
import { expectNoOpenRunnersAfterEach } from 'rx-runner/testing';
import { ignoreElements, interval } from 'rxjs';

// The service. In real life it stands in a file of its own.
const cleaner = runner({
  name: 'cleaner',
  run({ ready }) {
    ready(); // there will be no first value that says so
    return interval(60_000).pipe(ignoreElements());
  },
});
const service = (port: number) =>
  group({ cleaner, web: httpServer((_, response) => response.end('hello'), { port, host: '127.0.0.1' }) });

// From here on every test fails that leaves a runner behind, and says where the runner was made.
expectNoOpenRunnersAfterEach({ beforeEach, afterEach });

it('answers, and leaves nothing behind', async () => {
  let url = '';
  // stopped at the end of the test, in whatever way that comes
  await using run = start(service(0), ({ port }) => (url = `http://127.0.0.1:${port}/`));
  await run.ready;
  const response = await fetch(url);
  assert.equal(await response.text(), 'hello');
});

it('leaves nothing behind when its port is in use', async () => {
  let taken = 0;
  await using run = start(service(0), ({ port }) => (taken = port));
  await run.ready;
  await assert.rejects(start(service(taken)).done, /EADDRINUSE/);
});
