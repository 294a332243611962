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
  return new RunGroupError([...failures.filter(isOfRun), ...failures.filter((failure) => !isOfRun(failure))]);
}
