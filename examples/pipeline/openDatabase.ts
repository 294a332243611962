import { join } from 'node:path';
import { type Observable } from 'rxjs';
import { type Database } from './Database.js';
import { lock } from './lock.js';
import { pglite } from './pglite.js';
import { postgres } from './postgres.js';

export interface DatabaseSettings {
  /** `postgres://…`; without it, the database is one of our own. */
  readonly databaseUrl?: string | undefined;
  /** For the files of this process, and of no other one while it runs. */
  readonly directory: string;
}

/** A runner: emits the database when it can be used, and closes it at the stop. Meanwhile the folder is locked. */
export function openDatabase({ databaseUrl, directory }: DatabaseSettings): Observable<Database> {
  return lock(directory, () => (databaseUrl ? postgres(databaseUrl) : pglite(join(directory, 'database'))));
}
