import { goOn, type RunInProgress } from './runnerOf.js';
import { subscribeOutput } from './subscribeOutput.js';

/** Goes on with what works with a resource: a group, or a runner, in there stands for the run, whenever it comes. */
export function useResource(where: string, what: string, run: RunInProgress, use: () => unknown): void {
  const readiness = { ...run.readiness, lend: run.readiness.handOver };
  goOn(run, () => {
    subscribeOutput(where, what, use(), { ...run, readiness });
  });
}
