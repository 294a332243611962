import { show } from './words.js';

/** Throws for bad input: which, what it has to be, and what it was. */
export function check(valid: unknown, option: string, expected: string, value: unknown): void {
  if (!valid) throw new TypeError(`timeline: ${option} must be ${expected}, got ${show(value)}`);
}
