/** A value as text, whatever it is: an object may have no `toString`, and a function is long. */
export function show(value: unknown): string {
  return Object(value) === value ? Object.prototype.toString.call(value) : String(value);
}
