// The types of PGlite need these, which are global, and do not say so.
/// <reference types="emscripten" />
import { existsSync, renameSync, rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { schema } from './ordersTable.js';

/** Opens the folder, or makes it. */
export async function openPglite(directory: string): Promise<PGlite> {
  if (!existsSync(directory)) await makeWhole(directory);
  const database = await PGlite.create(directory);
  await database.exec(schema);
  return database;
}

/** It is there when it is complete, and not before: a program that is killed meanwhile leaves nothing that cannot be opened. */
async function makeWhole(directory: string): Promise<void> {
  const draft = `${directory}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const database = await PGlite.create(draft);
  await database.close();
  renameSync(draft, directory);
}
