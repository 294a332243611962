// Runs before `npm start` and `npm test`: installs the dependencies when they are missing or older than the lock file.
import { statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** npm writes it last, so that an installation that was broken off has none. */
const installed = `${root}node_modules/.package-lock.json`;

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (changedAt(installed) < Math.max(1, changedAt(`${root}package-lock.json`))) {
  npm(['install', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // npm leaves the file alone when there was nothing to do; without this, every start would ask npm again.
  const now = new Date();
  utimesSync(installed, now, now);
}
