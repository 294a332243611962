import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runner, start } from 'rx-runner';
import { httpServer, runMain } from 'rx-runner/node';

// A module like this: export default (request, response) => response.end('hello\n');
const file = resolve(process.argv[2] ?? 'app.mjs');
const port = Number(process.env.PORT ?? 8080);

/** Node loads a module once; with another query it is another module. */
async function load(): Promise<RequestListener> {
  const hash = createHash('sha256').update(await readFile(file));
  const url = `${pathToFileURL(file).href}?${hash.digest('hex')}`;
  const { default: app } = (await import(url)) as { default?: RequestListener };
  if (!app) throw new Error(`${file} has no default export`); // an editor is about to write it
  return app;
}

/** The file as it is, and each time that it has changed; what cannot be loaded is told, and left out. */
async function* versions(signal: AbortSignal): AsyncGenerator<RequestListener> {
  const changes = on(watch(dirname(file), { persistent: false, signal }), 'change', { signal });
  let current = await load();
  yield current;
  for await (const [, name] of changes) {
    if (name !== basename(file)) continue;
    const next = await load().catch((error: unknown) => console.error(error));
    if (!next || next === current) continue;
    current = next;
    yield next;
  }
}

const server = runner(async ({ signal }) => {
  const apps = versions(signal);
  let app = await apps.next();
  while (!app.done) {
    await using run = start(httpServer(app.value, { port }), () => console.log(`serves ${file} on port ${port}`));
    await run.ready; // fails when the port is in use
    app = await apps.next();
  } // on every way out comes an `await run.stop()`: the last request has been answered, and the port is free
});

void runMain(server, { grace: 10_000 });
