import { inspect } from './imports.js';

/** As long as a timer can be set for; longer ones fire at once. */
export const longest: number = 2 ** 31 - 1;

/** Throws for a bad option: which one, what it has to be, and what it was. */
export function check(valid: unknown, where: string, option: string, expected: string, value: unknown): void {
  if (!valid)
    throw new TypeError(
      `${where}: ${option} must be ${expected}, got ${inspect(value, { depth: Array.isArray(value) ? 0 : -1 })}`,
    );
}

/** `from` refuses by itself most of what is no `ObservableInput`; but not a string, which nobody means. */
export function checkObject(where: string, option: string, expected: string, value: unknown): void {
  check(Object(value) === value, where, option, expected, value);
}

export function checkInteger(where: string, option: string, value: unknown, most: number): void {
  check(
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most,
    where,
    option,
    `an integer from 0 to ${most}`,
    value,
  );
}

export function checkNumber(where: string, option: string, value: unknown): void {
  check(typeof value === 'number' && value >= 0, where, option, '0 or more', value);
}

export function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

export function isName(value: unknown): boolean {
  return value !== '' && typeof value === 'string';
}
