/// <reference types="emscripten" />
// The types of PGlite use those, which are global, and do not say so.
import { PGlite } from '@electric-sql/pglite';
import { withResource } from 'rx-runner';
import { concat, defer, map, NEVER, type Observable } from 'rxjs';
import { type Database } from './Database.js';
import { ordersTable, schema } from './ordersTable.js';

/** A runner: PostgreSQL within this process, in a folder, which nobody else may open meanwhile. It takes seconds to start. */
export function pglite(directory: string): Observable<Database> {
  return withResource({
    name: 'database',
    acquire: () => PGlite.create(directory),
    use: (database) =>
      concat(
        defer(() => database.exec(schema)).pipe(map(() => tableIn(database, directory))),
        NEVER, // it is there until the stop
      ),
    release: (database) => database.close(),
  });
}

function tableIn(database: PGlite, directory: string): Database {
  return ordersTable(`PGlite in ${directory}`, async <Row>(statement: string, parameters: readonly string[] = []) => {
    const { rows } = await database.query<Row>(statement, [...parameters]);
    return rows;
  });
}
