import type { Failure, RunGroupError } from '../../index.js';

/** The failures that an error tells of; by its shape, so that the error of another copy of the package is taken apart too. */
export function failuresOf(error: unknown): readonly Failure[] {
  const { failures = [{ path: [], phase: 'run', error }] } = Object(error) as Partial<RunGroupError>;
  return failures;
}
