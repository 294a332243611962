import type { GroupOptions } from '../types.js';
import { checkGrace } from './checkGrace.js';
import { invalid } from './invalid.js';
import { isAbortSignal } from './onAbort.js';

/** Checks what a group is told, where it is told. */
export function checkGroupOptions(where: string, options: GroupOptions): GroupOptions {
  const { until = 'first', errors = 'all', concurrency = Infinity, signal, lifecycle } = checkGrace(where, options);
  const require = (valid: boolean, option: string, expected: string, value: unknown): void => {
    if (!valid) throw invalid(where, `'${option}'`, expected, value);
  };
  require(isUntil(until), 'until', "'first', 'error', 'all' or an array of member names", until);
  require(errors === 'all' || errors === 'first', 'errors', "'all' or 'first'", errors);
  require(concurrency === Infinity || (Number.isInteger(concurrency) && concurrency > 0), 'concurrency', 'a whole number, 1 or more', concurrency);
  require(signal === undefined || isAbortSignal(signal), 'signal', 'an AbortSignal', signal);
  require(lifecycle === undefined || typeof (lifecycle as { next?: unknown } | null)?.next === 'function', 'lifecycle', 'an observer', lifecycle);
  return options;
}

function isUntil(until: unknown): boolean {
  if (Array.isArray(until)) return until.every((name) => typeof name === 'string');
  return until === 'first' || until === 'error' || until === 'all';
}
