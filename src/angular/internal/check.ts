/** Throws for a bad option: which one, what it has to be, and what it was. */
export function check(valid: boolean, where: string, option: string, expected: string, value: unknown): void {
  if (!valid) throw new TypeError(`${where}: '${option}' must be ${expected}, got ${shown(value)}`);
}

export function checkFunction(where: string, option: string, value: unknown): void {
  check(typeof value === 'function', where, option, 'a function', value);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return Object(value) === value ? Object.prototype.toString.call(value) : String(value);
}
