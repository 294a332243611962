import { carefully } from '../../internal/carefully.js';
import type { Failure, RunGroupError } from '../../index.js';

/** The failures that an error tells of; by its shape, so that the error of another copy of the package is taken apart too. */
export function failuresOf(error: unknown): readonly Failure[] {
  const alone: readonly Failure[] = [{ path: [], phase: 'run', error }];
  return carefully(() => (Object(error) as Partial<RunGroupError>).failures, undefined) ?? alone;
}
