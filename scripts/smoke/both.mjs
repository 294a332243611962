// The ES module and the CommonJS copy in one process: two copies of the code, one scope, one listener per signal.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { NEVER, of, timer } from 'rxjs';
import * as esm from 'rx-runner';

const cjs = createRequire(import.meta.url)('rx-runner');
assert.notEqual(esm.runner, cjs.runner, 'these must be two copies');

// One ambient record, made by the copy that came first.
const keys = Object.getOwnPropertySymbols(globalThis).map(Symbol.keyFor);
assert.deepEqual(
  keys.filter((key) => key?.startsWith('rx-runner.ambient.')),
  ['rx-runner.ambient.1'],
);

// One listener, whatever the number of interrupts and the copies they are from.
const before = process.listenerCount('SIGTERM');
const subscriptions = [esm, cjs, esm, cjs].map((copy) => copy.interrupt().subscribe());
assert.equal(process.listenerCount('SIGTERM'), before + 1);
for (const subscription of subscriptions) {
  subscription.unsubscribe();
}
assert.equal(process.listenerCount('SIGTERM'), before);

// A group of one copy waits for the teardown of a runner of the other.
for (const [owner, other] of [
  [esm, cjs],
  [cjs, esm],
]) {
  let released = false;
  const slow = other.runner({
    run: () => NEVER,
    async teardown() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      released = true;
    },
  });
  await new Promise((resolve, reject) => {
    of(slow, timer(5)).pipe(owner.runGroup()).subscribe({ error: reject, complete: resolve });
  });
  assert.ok(released, 'the group completed before the teardown had');
}
