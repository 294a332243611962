import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { group, runner } from 'rx-runner';
import { runMain } from 'rx-runner/node';

// The queue: a file is a job. Your broker has these three under other names.
for (const folder of ['queue', 'taken', 'failed']) await mkdir(folder, { recursive: true });

/** Takes a job, which then is nobody else's; undefined if there is none, or if it is told to stop before it has one. */
async function take(signal: AbortSignal): Promise<string | undefined> {
  for (const job of await readdir('queue')) {
    if (signal.aborted) return undefined;
    if (await move(job, 'queue', 'taken')) return job;
  }
  return undefined;
}

const acknowledge = (job: string) => rm(`taken/${job}`);
const putAside = (job: string) => move(job, 'taken', 'failed');

/** Returns whether it did: another worker may have been faster. */
async function move(job: string, from: string, to: string): Promise<boolean> {
  try {
    await rename(`${from}/${job}`, `${to}/${job}`);
    return true;
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function work(job: string): Promise<void> {
  console.log(`${job}: begins`);
  await delay(500); // say, it sends a mail
  console.log(`${job}: ends`);
}

// One job after another. It looks at the signal between two of them, so that what has been taken is finished.
const worker = runner(async ({ signal, ready }) => {
  ready();
  while (!signal.aborted) {
    const job = await take(signal);
    if (job === undefined) {
      await delay(200, undefined, { signal }); // nothing to do: only this is cut off by a stop
      continue;
    }
    try {
      await work(job);
    } catch (error: unknown) {
      console.error(`${job}:`, error);
      await putAside(job); // it must not hold up the others
      continue;
    }
    await acknowledge(job);
  }
});

// Eight of them: at most eight jobs have been taken at any moment.
const workers = group(Array.from({ length: 8 }, () => worker));

void runMain(group({ workers }), { grace: 30_000 });
