import { readFile, watch } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { group, runner, switchRun } from 'rx-runner';
import { httpServer, runMain } from 'rx-runner/node';
import { concatMap, debounceTime, distinctUntilChanged, startWith, switchMap, tap, type Observable } from 'rxjs';

interface Config {
  readonly port: number;
  readonly greeting: string;
}

const file = resolve(process.argv[2] ?? 'config.json');

// The folder, since editors and Kubernetes put another file in place of the old one.
const servers = runner(({ signal }) => watch(dirname(file), { signal })).pipe(
  debounceTime(100), // a file is written in steps
  startWith('the first time'),
  switchMap(() => readFile(file, 'utf8')),
  distinctUntilChanged(),
  concatMap(serverOf),
);

/** None, of what is no JSON or has no port: that is told, and the server goes on with what it has. */
function serverOf(text: string): Observable<unknown>[] {
  try {
    const { port, greeting } = JSON.parse(text) as Config;
    const server = httpServer((_, response) => response.end(`${greeting}\n`), { port });
    return [server.pipe(tap(() => console.log(`${greeting}, on port ${port}`)))];
  } catch (error: unknown) {
    console.error(`${file}:`, error);
    return [];
  }
}

// The next server starts when the one before has answered its last request: the port is free then.
void runMain(group({ web: servers.pipe(switchRun((server) => server, { grace: 10_000 })) }), { grace: 10_000 });
