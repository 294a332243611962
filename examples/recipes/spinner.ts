import { logUpdateStderr as show } from 'log-update';
import { open, rename, rm } from 'node:fs/promises';
import { group, runner, withResource } from 'rx-runner';
import { runMain } from 'rx-runner/node';
import { interval, tap } from 'rxjs';

const [url = 'http://localhost:8080/', file = 'download'] = process.argv.slice(2);
const part = `${file}.part`;

const spinner = runner({
  run: () => interval(80).pipe(tap((turn) => show(`${'|/-\\'.charAt(turn % 4)} ${url}`))),
  teardown() {
    show.clear(); // the line is gone
    show.done(); // and the cursor is visible again
  },
});

const download = withResource({
  acquire: () => open(part, 'w'),
  use: async (to, { signal }) => {
    const { ok, status, body } = await fetch(url, { signal });
    if (!ok || !body) throw new Error(`${url} answers ${status}`);
    for await (const bytes of body) await to.appendFile(bytes);
    await rename(part, file);
  },
  async release(to) {
    await to.close();
    await rm(part, { force: true });
  },
});

// Whoever else writes while the spinner turns would be erased in its place: what runMain has to say goes above it.
const logger = { info: (line: string) => show.persist(line), error: (line: string) => show.persist(line) };
void runMain(group({ spinner, download }), { logger });
