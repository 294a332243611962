/** Throws for an option that is no function: which one, and what it was. */
export function checkFunction(where: string, option: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${where}: '${option}' must be a function, got ${typeof value}`);
}
