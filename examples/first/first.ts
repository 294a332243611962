import { setTimeout as delay } from 'node:timers/promises';
import { group, interrupt, runner } from 'rx-runner';
import { interval, tap, timer } from 'rxjs';

// A service as an Observable, with a teardown that takes its time.
const ticker = runner({
  run: () => interval(1000).pipe(tap((n) => console.log('tick', n))),
  teardown: () => timer(500).pipe(tap(() => console.log('ticker: stopped'))),
});

// A service as an async function: it is told to stop by the signal, and waited for.
const worker = runner(async ({ signal }) => {
  try {
    for (let job = 0; ; job++) {
      await delay(1000, undefined, { signal });
      console.log('job', job);
    }
  } finally {
    await delay(1000); // say, it commits what it has done
    console.log('worker: committed');
  }
});

// The first one that ends stops the others; the group ends when each of them has been torn down.
group({ ticker, worker, interrupt: interrupt() }).subscribe({
  error: (error: unknown) => console.error(error),
  complete: () => console.log('everything has stopped'),
});
