import { goOn, type RunInProgress } from './runnerOf.js';
import { subscribeOutput } from './subscribeOutput.js';

/** Goes on with what works with a resource: a group, or a runner, in there stands for the run. */
export function useResource(where: string, run: RunInProgress, use: () => unknown): void {
  goOn(run, () => {
    run.readiness.handOver(() => {
      subscribeOutput(where, use(), run);
    });
  });
}
