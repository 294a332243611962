// What the broker has acknowledged, beside what the database has.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sales = readFileSync('examples/pipeline/data/orders.ndjson', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

/** The ids that the producer of that folder has noted as acknowledged; a line that is being written is none yet. */
export function acknowledged(directory) {
  const file = join(directory, 'acknowledged.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

/** Those of the ids that are not among the rows. */
export function missing(ids, rows) {
  const present = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !present.has(id));
}

/** Every acknowledged order is there, none twice, and each as it was sent. */
export function assertDelivered(ids, rows) {
  assert.ok(ids.length > 0, 'nothing was acknowledged');
  assertNumbered(ids);
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'orders are there twice');
  const lost = missing(ids, rows);
  assert.equal(lost.length, 0, `${lost.length} of ${ids.length} acknowledged orders are lost: ${lost.slice(0, 5)} …`);
  for (const { id, at, ...sale } of rows) {
    assert.deepEqual(sale, saleOf(id), `${id} is not what was sent`);
    assert.ok(Math.abs(Date.now() - Date.parse(at)) < 3_600_000, `${id} is from ${at}`);
  }
}

/** The producer goes on where it was killed: it leaves no number out, and notes none twice. */
function assertNumbered(ids) {
  const numbers = ids.map((id) => Number(/-(\d+)$/.exec(id)?.[1]));
  assert.deepEqual(
    numbers,
    ids.map((_, index) => index + 1),
  );
}

function saleOf(id) {
  return sales[Number(/-(\d+)$/.exec(id)[1]) % sales.length];
}
