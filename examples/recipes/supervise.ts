import { exponentialBackoff, group, restart, type LifecycleEvent } from 'rx-runner';
import { childProcess, runMain } from 'rx-runner/node';
import { tap } from 'rxjs';

// say: node supervise.js node server.js
const [command = 'node', ...args] = process.argv.slice(2);

const child = childProcess(command, args).pipe(
  tap(({ stream, line }) => console[stream === 'stdout' ? 'log' : 'error'](`${command}: ${line}`)),
  restart({
    on: 'both', // also after an exit code of 0: it is to run for ever
    delay: exponentialBackoff({ initial: 200, max: 30_000 }),
    resetAfter: 60_000, // who has run for a minute is well again, and the next delay is the first one
  }),
);

function tell({ type, path, attempt, delay, error }: LifecycleEvent): void {
  if (type !== 'restarting') return;
  const why = error instanceof Error ? error.message : 'it has ended';
  console.log(`${path.join('/')}: ${why}; start ${attempt} in ${delay} ms`);
}

void runMain(group({ child }, { lifecycle: { next: tell } }), { grace: 10_000 });
