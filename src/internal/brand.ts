import { carefully } from './carefully.js';

const kind = Symbol.for('rx-runner.error');

/** Names an error class, and marks its instances so that another copy of the package knows them. */
export function brand(errorClass: { readonly prototype: Error }, name: string): void {
  // on the prototype, as the built-in errors have it: an own `name` would be printed with every error
  Object.assign(errorClass.prototype, { name, [kind]: name });
}

/** Whether `error` was made by this package, any copy of it, as the class that is branded so. */
export function isBranded(error: unknown, name: string): boolean {
  return carefully(() => (Object(error) as Record<symbol, unknown>)[kind] === name, false);
}
