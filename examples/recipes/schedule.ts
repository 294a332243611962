import { setTimeout as delay } from 'node:timers/promises';
import { group, runner } from 'rx-runner';
import { runMain } from 'rx-runner/node';
import { distinctUntilChanged, exhaustMap, fromEvent, map, merge, skip, timer } from 'rxjs';

const period = Number(process.env.PERIOD_MS ?? 60_000);

// The clock is looked at often, and asked which period it is: a timer of a whole period drifts, and does not see the clock set.
const everyPeriod = timer(0, period / 60).pipe(
  map(() => Math.floor(Date.now() / period)),
  distinctUntilChanged(),
  skip(1), // the period in which the program has started
);
const byHand = fromEvent(process, 'SIGUSR2');

const job = runner(async ({ signal }) => {
  console.log('job: begins');
  for (const customer of ['Ada', 'Grace', 'Hedy', 'Mary']) {
    if (signal.aborted) break; // between two customers, never in the middle of one
    await delay(500); // say, it sends the bill
    console.log(`job: ${customer} has got a bill`);
  }
  console.log('job: ends');
});

// Whoever comes while the job runs comes in vain. And it is a runner, so that a stop is told to it, and waits for it.
const jobs = merge(everyPeriod, byHand).pipe(exhaustMap(() => job));

void runMain(group({ jobs }), { grace: 10_000 });
console.log(`every ${period} ms, and on SIGUSR2 to process ${process.pid}`);
