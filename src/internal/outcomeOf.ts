import { RunGroupError } from '../RunGroupError.js';
import type { Failure } from '../types.js';

/**
 * What failures are outside a group: one that is no member's is passed on as it is; of several the run's come first,
 * whichever came first.
 */
export function outcomeOf(failures: readonly Failure[]): unknown {
  const [first] = failures;
  if (failures.length === 1 && !first?.path.length) return first?.error;
  const isOfRun = ({ phase }: Failure): boolean => phase === 'run';
  // those of a nested group that has ended come as one error, of its run and of teardowns
  const { failures: flat } = new RunGroupError(failures);
  return new RunGroupError([...flat.filter(isOfRun), ...flat.filter((failure) => !isOfRun(failure))]);
}
