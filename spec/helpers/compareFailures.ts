import { expect } from '@jest/globals';

interface WithFailures {
  readonly message: string;
  readonly failures: readonly unknown[];
}

function hasFailures(value: unknown): value is WithFailures {
  return value instanceof Error && 'failures' in value;
}

// Jest compares errors by message and cause: two that differ in a path or a phase would be equal.
expect.addEqualityTesters([
  function (actual: unknown, expected: unknown): boolean | undefined {
    if (!hasFailures(actual) || !hasFailures(expected)) return undefined;
    return actual.message === expected.message && this.equals(actual.failures, expected.failures);
  },
]);
