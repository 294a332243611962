/** Throws for a bad option: which one, what it has to be, and what it was. */
export function check(valid: unknown, where: string, option: string, expected: string, value: unknown): void {
  if (!valid) throw new TypeError(`${where}: ${option} must be ${expected}, got ${show(value)}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return Object(value) === value ? Object.prototype.toString.call(value) : String(value);
}
