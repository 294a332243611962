/**
 * A worker that is done after three seconds. Ctrl-C before that, and it is torn down, which takes a second; either way
 * the program ends by itself when nothing is left to do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { group, interrupt, runner } from 'rx-runner';

const worker = runner({
  async run({ signal }) {
    for (let second = 1; second <= 3; second++) {
      await delay(1000, undefined, { signal });
      console.log(`worker: ${second} of 3`);
    }
    console.log('worker: done');
  },
  // only called when the run is stopped before it is done
  async teardown() {
    console.log('worker: cleaning up');
    await delay(1000);
    console.log('worker: clean');
  },
});

group({ worker, interrupt: interrupt() }).subscribe({
  error: (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
  complete: () => {
    console.log('the end');
  },
});
