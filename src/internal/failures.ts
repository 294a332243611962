import type { Failure, FailurePhase } from '../types.js';

/** A failure, where it happened. */
export function failureOf(error: unknown, phase: FailurePhase = 'teardown', path: readonly string[] = []): Failure {
  return { path, phase, error };
}

/** What finalizers threw; by its name, so that an `UnsubscriptionError` of another copy of RxJS is taken apart too. */
export function thrown(error: unknown): readonly unknown[] {
  const { name, errors = [error] } = (error ?? {}) as { name?: unknown; errors?: readonly unknown[] };
  return name === 'UnsubscriptionError' ? errors : [error];
}
