/**
 * Whether two values mean the same, as a strict `toEqual` of a test framework has it. Errors are compared with all that they
 * carry but their stacks, so that two `RunGroupError`s with different failures differ.
 */
export function isEqual(actual: unknown, expected: unknown, seen: readonly unknown[] = []): boolean {
  if (Object.is(actual, expected)) return true;
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (!isObject(actual) || !isObject(expected)) return false;
  // a value that contains itself is compared once
  if (seen.includes(actual)) return true;
  if (kindOf(actual) !== kindOf(expected)) return false;
  if (actual instanceof Date) return actual.getTime() === (expected as Date).getTime();
  if (actual instanceof RegExp) return actual.toString() === (expected as RegExp).toString();
  const [one, other] = [partsOf(actual), partsOf(expected)];
  return (
    one.length === other.length &&
    one.every(([key, part], index) => {
      const [otherKey, otherPart] = other[index] ?? [];
      return Object.is(key, otherKey) && isEqual(part, otherPart, [...seen, actual]);
    })
  );
}

/** What Jest and Vitest make: `expect.any(Error)`. */
function isMatcher(value: unknown): value is { asymmetricMatch(other: unknown): boolean } {
  return isObject(value) && typeof (value as { asymmetricMatch?: unknown }).asymmetricMatch === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** By name: test frameworks run tests in realms of their own, and a package may be loaded twice. */
function kindOf(value: object): string {
  const { name = '' } = (value.constructor as { name?: string } | undefined) ?? {};
  return `${Object.prototype.toString.call(value)} ${name}`;
}

function partsOf(value: object): readonly (readonly [key: unknown, part: unknown])[] {
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value].map((part, index) => [index, part]);
  // the message, the cause and the errors of an error are not enumerable
  const keys = value instanceof Error ? Reflect.ownKeys(value) : Object.keys(value);
  return keys
    .filter((key) => key !== 'stack')
    .sort((one, other) => String(one).localeCompare(String(other)))
    .map((key) => [key, (value as Record<PropertyKey, unknown>)[key]]);
}
