import assert from 'node:assert/strict';
import { of } from 'rxjs';
import { interrupt, runGroup, runner } from 'rx-runner';

const members = of(
  runner(() => of('one', 'two')),
  interrupt(),
);
const values = [];
let completed = false;
members.pipe(runGroup()).subscribe({ next: (value) => values.push(value), complete: () => (completed = true) });

// Nothing in this group is asynchronous.
assert.deepEqual(values, ['one', 'two']);
assert.ok(completed);
