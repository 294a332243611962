import { createRequire } from 'node:module';
import { join } from 'node:path';
import { query } from '../services/postgres.mjs';

const { PGlite } = createRequire(new URL('../../examples/pipeline/package.json', import.meta.url))(
  '@electric-sql/pglite',
);

/** The orders of a PostgreSQL database: none if it has no table for them yet. */
export async function rowsIn(url) {
  const [[exists]] = await query(url, `select to_regclass('orders') is not null`);
  if (exists === 'f') return [];
  const rows = await query(url, 'select to_json(orders) from orders');
  return rows.map(([json]) => JSON.parse(json));
}

/** The orders of the database that a pipeline has in its folder, after its end. */
export async function rowsInFolder(folder) {
  const database = await PGlite.create(join(folder, 'database'));
  try {
    const { rows } = await database.query('select to_json(orders) as json from orders');
    return rows.map(({ json }) => json);
  } finally {
    await database.close();
  }
}
