/** The error for a bad option: which one, what it has to be, and what it was. */
export function invalid(where: string, option: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${where}: ${option} must be ${expected}, got ${show(value)}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  // an object may have no prototype, or a `toString` that throws
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}
