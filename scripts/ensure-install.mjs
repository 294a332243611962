// Runs before `npm start` and `npm test`: installs the dependencies when they are missing or older than the lock file. Private
// packages whose folders are given, too.
import { statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

for (const folder of ['.', ...process.argv.slice(2)]) {
  const directory = fileURLToPath(new URL(`../${folder}/`, import.meta.url));
  /** npm writes it last, so that an installation that was broken off has none. */
  const installed = `${directory}node_modules/.package-lock.json`;
  if (changedAt(installed) >= Math.max(1, changedAt(`${directory}package-lock.json`))) continue;

  npm(['install', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // npm leaves the file alone when there was nothing to do; without this, every start would ask npm again.
  const now = new Date();
  utimesSync(installed, now, now);
}
