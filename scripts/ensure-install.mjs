// Runs before `npm start`, `npm test` and others: installs the dependencies when they are missing or older than the lock file.
// Those of the private packages whose folders are given, too; with `--examples`, of all that are checked together with the
// rest of the repository.
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** `examples/angular` has a compiler of its own. */
function examples() {
  return readdirSync(directoryOf('examples'))
    .filter((name) => name !== 'angular')
    .map((name) => `examples/${name}`)
    .filter((folder) => existsSync(`${directoryOf(folder)}package.json`));
}

function directoryOf(folder) {
  return fileURLToPath(new URL(`../${folder}/`, import.meta.url));
}

for (const folder of ['.', ...process.argv.slice(2).flatMap((name) => (name === '--examples' ? examples() : name))]) {
  const directory = directoryOf(folder);
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
