import pg from 'pg';
import { withResource } from 'rx-runner';
import { catchError, defer, fromEvent, map, merge, type Observable } from 'rxjs';
import { type Database } from './Database.js';
import { ForeseenError } from './ForeseenError.js';
import { ordersTable, schema, type Query } from './ordersTable.js';

/** A runner: PostgreSQL, through a pool of connections. It errs when it cannot be reached, and when a connection is lost. */
export function postgres(url: string): Observable<Database> {
  const explained = (error: unknown): never => {
    throw explain(error, url);
  };
  return withResource({
    name: 'database',
    acquire: () => new pg.Pool({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 10_000 }),
    use(pool) {
      const query: Query = async <Row>(statement: string, parameters: readonly string[] = []) => {
        const { rows } = await pool.query(statement, [...parameters]).catch(explained);
        return rows as readonly Row[];
      };
      return merge(
        lost(pool),
        defer(() => pool.query(schema)).pipe(map(() => ordersTable(`PostgreSQL at ${placeOf(url)}`, query))),
      ).pipe(catchError(explained));
    },
    release: (pool) => pool.end(),
  });
}

/** Errs when a connection breaks that nobody is using; without a listener this would be an uncaught error of the process. */
function lost(pool: pg.Pool): Observable<never> {
  return fromEvent(pool, 'error', (error: Error) => error).pipe(
    map((error) => {
      throw error;
    }),
  );
}

/** Where the cause is not what was asked, but that there is nobody to ask, or not for us: what to do. */
function explain(error: unknown, url: string): unknown {
  const { code = '', message } = error as pg.DatabaseError;
  // the classes of connection, authorization, unknown database, resources, and an operator's intervention
  if (error instanceof pg.DatabaseError && !/^(08|28|3D|53|57)/.test(code)) return error;
  const what = message || code; // of an attempt at several addresses only the code tells
  return new ForeseenError(`no PostgreSQL at ${placeOf(url)} (${what}): start it, or correct DATABASE_URL`, {
    cause: error,
  });
}

/** Without the password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
