import { inspect } from './inspect.js';

/** Throws for what a helper cannot work with: what it has to be, and what it was. */
export function check(valid: unknown, where: string, what: string, expected: string, value: unknown): asserts valid {
  if (!valid) throw new TypeError(`${where}: ${what} must be ${expected}, got ${inspect(value)}`);
}
