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
const config = runner(({ signal }) => watch(dirname(file), { signal })).pipe(
  debounceTime(100), // a file is written in steps
  startWith('the first time'),
  switchMap(() => readFile(file, 'utf8')),
  distinctUntilChanged(),
  concatMap(parse),
);

/** What is no JSON is told, and the server goes on with what it has. */
function parse(text: string): Config[] {
  try {
    return [JSON.parse(text) as Config];
  } catch (error: unknown) {
    console.error(`${file}:`, error);
    return [];
  }
}

function server({ port, greeting }: Config): Observable<unknown> {
  return httpServer((_, response) => response.end(`${greeting}\n`), { port }).pipe(
    tap(() => console.log(`${greeting}, on port ${port}`)),
  );
}

// The next server starts when the one before has answered its last request: the port is free then.
void runMain(group({ web: config.pipe(switchRun(server, { grace: 10_000 })) }), { grace: 10_000 });
