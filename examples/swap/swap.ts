/**
 * Swaps a server on one port, again and again: the next one can listen only when the one before has let go of the port. It
 * prints how far that went, for each kind of server with each operator.
 *
 *     node --import tsx examples/swap/swap.ts [swaps] [first port]
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { restart, start, switchRun, withResource } from 'rx-runner';
import { childProcess } from 'rx-runner/node';
import {
  BehaviorSubject,
  concat,
  map,
  NEVER,
  repeat,
  switchMap,
  take,
  tap,
  timer,
  type Observable,
  type OperatorFunction,
} from 'rxjs';

const swaps = Number(process.argv[2] ?? 200);
const firstPort = Number(process.argv[3] ?? 8123);

/** Emits `'listening'`, and then listens until it is stopped. */
type Listening = Observable<string>;

function server(port: number, release: (server: Server) => Promise<void> | void): Listening {
  return withResource({
    async acquire() {
      const server = createServer().listen(port);
      await once(server, 'listening'); // fails with what `listen` fails with, as when the port is in use
      return server;
    },
    // a moment later: what is unsubscribed while it is still being subscribed is torn down after that, when the next one listens
    use: () => concat(timer(0).pipe(map(() => 'listening')), NEVER),
    release,
  });
}

function close(server: Server): void {
  server.close();
}

/** A server that is a program of its own, and takes some milliseconds to end. */
function child(port: number, milliseconds: number): Listening {
  const program = `
    require('node:net').createServer()
      .on('error', ({ message }) => { console.log(message); process.exitCode = 1; })
      .listen(${port}, () => console.log('listening'));
    process.on('SIGTERM', () => setTimeout(process.exit, ${milliseconds}, 0));
  `;
  return childProcess(process.execPath, ['--eval', program]).pipe(
    map(({ line }) => {
      if (line !== 'listening') throw new Error(line);
      return line;
    }),
  );
}

/** Each server runs until it listens, and then the next one has its turn. */
const ways: Record<string, (listening: Listening) => Listening> = {
  switchMap: (listening) => inTurn(switchMap(() => listening)),
  switchRun: (listening) => inTurn(switchRun(() => listening)),
  repeat: (listening) => listening.pipe(take(1), repeat()),
  restart: (listening) => listening.pipe(take(1), restart({ on: 'completion' })),
};

function inTurn(switched: OperatorFunction<number, string>): Listening {
  const turns = new BehaviorSubject(1);
  return turns.pipe(
    switched,
    tap(() => {
      turns.next(turns.value + 1);
    }),
  );
}

/** As long as a child takes to begin, another one takes to end: then they meet, sooner or later. */
const before = performance.now();
await start(child(firstPort, 0).pipe(take(1))).done;
const childDelay = Math.ceil(performance.now() - before);

const kinds: Record<string, (port: number) => Listening> = {
  'close() at once': (port) => server(port, close),
  'a drain before close()': (port) =>
    server(port, async (server) => {
      await delay(1);
      close(server);
    }),
  'a child process': (port) => child(port, childDelay),
};

const pairs = Object.entries(kinds).flatMap(([kind, listeningAt]) =>
  Object.entries(ways).map(([way, swap]) => ({ name: `${kind}, ${way}`, swap, listeningAt })),
);
await Promise.all(
  pairs.map(async ({ name, swap, listeningAt }, index) => {
    let count = 0;
    const run = start(swap(listeningAt(firstPort + index)).pipe(take(swaps)), () => count++);
    const failure = await run.done.catch((error: unknown) => (error as Error).message);
    console.log(`${name}: ${failure ?? `${count} have listened`}`);
  }),
);
