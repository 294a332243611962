/**
 * A small service: a web server that tells the state of the program, a worker that polls it and keeps a record, a
 * heartbeat file for whoever supervises it, and Ctrl-C. Four runners in one group: the first that ends stops the others,
 * and the program ends when each of them has been torn down.
 *
 *     node --import tsx examples/main/main.ts     # then open the address that it prints, then Ctrl-C
 *     PORT=8080 DATA_DIR=./data node --import tsx examples/main/main.ts
 */
import { join } from 'node:path';
import { interrupt, type LifecycleEvent } from 'rx-runner';
import { httpServer } from 'rx-runner/node';
import { map, ReplaySubject, tap } from 'rxjs';
import { answer } from './answer.js';
import { heartbeat } from './heartbeat.js';
import { log, logEvent, logFailures } from './log.js';
import { program } from './program.js';
import { ProgramState } from './ProgramState.js';
import { settings } from './settings.js';
import { worker } from './worker.js';

const { port, directory, grace } = settings(process.env);
const state = new ProgramState();
const url = new ReplaySubject<string>(1);

const lifecycle = {
  next(event: LifecycleEvent): void {
    state.follow(event);
    logEvent(event);
  },
};

log('program', `keeps its files in ${directory}`);

program(
  {
    heartbeat: heartbeat(join(directory, 'heartbeat')),
    http: httpServer(answer(state), { port, host: '127.0.0.1' }).pipe(
      map((listening) => `http://${listening.address}:${listening.port}/`),
      tap((address) => {
        log('http', `listens on ${address}`);
        url.next(address);
      }),
    ),
    worker: worker(url, join(directory, 'seen.ndjson')).pipe(tap(() => state.count('polls'))),
    interrupt: interrupt().pipe(tap((signal) => log('interrupt', `got ${signal}`))),
  },
  grace,
  lifecycle,
).subscribe({
  complete: () => log('program', 'ended'),
  error: (error: unknown) => {
    logFailures(error);
    process.exitCode = 1;
  },
});
