// What a program of the comparison is to do: its one argument, as JSON. Each has two cleanups, `alpha` and `beta`, that
// run beside each other, and says on stdout what happens.
import { setTimeout as delay } from 'node:timers/promises';
import { clearInterval, setImmediate, setInterval } from 'node:timers';

const scenario = JSON.parse(process.argv[2] ?? '{}');

/** How long a cleanup may take, where the library has a limit. */
export const limit = 1_000;

export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export function say(line) {
  console.log(line);
}

// what holds the process while it runs; without it, whatever is idle has to hold it by itself
const work = scenario.idle ? undefined : setInterval(() => undefined, 1_000);

async function cleanup(name) {
  const { after = 150, rejects = false, hangs = false, throwsMeanwhile = false } = scenario[name] ?? {};
  say(`${name} begins`);
  if (!scenario.live) clearInterval(work);
  if (throwsMeanwhile) {
    setImmediate(() => {
      throw new Error('one more error');
    });
  }
  if (hangs) await new Promise(() => undefined);
  await delay(after);
  if (rejects) throw new Error(`${name} broke`);
  say(`${name} done`);
}

export const alpha = () => cleanup('alpha');
export const beta = () => cleanup('beta');

/** Called when the program has started. */
export function running() {
  say('running');
  // that does not hold the process
  setTimeout(() => {
    say('still running');
    if (scenario.then === 'throw') throw new Error('nobody catches this');
    if (scenario.then === 'reject') void Promise.reject(new Error('nobody handles this'));
  }, 20).unref();
}

/** Whether the parts of the program are to come to their ends by themselves. */
export const completes = scenario.then === 'complete';

/** Nothing is left to do. */
export function stopWork() {
  if (!scenario.live) clearInterval(work);
}
