import type { GroupOptions } from '../types.js';
import { check, isCount, checkGrace, checkLifecycle } from './check.js';
import { isAbortSignal } from './onAbort.js';

/** Checks what a group is told, where it is told. */
export function checkGroupOptions(where: string, options: GroupOptions): GroupOptions {
  const { until = 'first', errors = 'all', concurrency = Infinity, signal, lifecycle } = checkGrace(where, options);
  check(
    isOneOf(until, 'first', 'error', 'all') ||
      (Array.isArray(until) && until.every((name) => typeof name === 'string')),
    where,
    "'until'",
    "'first', 'error', 'all' or member names",
    until,
  );
  check(isOneOf(errors, 'all', 'first'), where, "'errors'", "'all' or 'first'", errors);
  check(isCount(concurrency, 1), where, "'concurrency'", 'an integer, 1 or more', concurrency);
  check(!signal || isAbortSignal(signal), where, "'signal'", 'an AbortSignal', signal);
  checkLifecycle(where, lifecycle);
  return options;
}

function isOneOf(value: unknown, ...words: readonly string[]): boolean {
  return words.includes(value as string);
}
