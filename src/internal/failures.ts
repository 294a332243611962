import type { Failure, FailurePhase } from '../types.js';
import { isBranded } from './brand.js';
import { carefully } from './carefully.js';

/** A failure, where it happened. */
export function failureOf(error: unknown, phase: FailurePhase = 'teardown', path: readonly string[] = []): Failure {
  return { path, phase, error };
}

/** The failures of a nested group, each by its path from here; any other is itself. */
export function flatten(failure: Failure): readonly Failure[] {
  const { error, path, phase } = failure;
  if (!isBranded(error, 'RunGroupError')) return [failure];
  const flat = (): readonly Failure[] =>
    (error as { readonly failures: readonly Failure[] }).failures.map((inner) => ({
      path: [...path, ...inner.path],
      phase: phase === 'run' ? inner.phase : phase,
      error: inner.error,
    }));
  return carefully(flat, [failure]);
}

/** What finalizers threw; by its name, so that an `UnsubscriptionError` of another copy of RxJS is taken apart too. */
export function thrown(error: unknown): readonly unknown[] {
  return carefully(() => {
    const { name, errors } = Object(error) as { name?: unknown; errors?: readonly unknown[] };
    return name === 'UnsubscriptionError' && errors ? [...errors] : [error];
  }, [error]);
}

let passed: Failure | undefined;

/** Passes a failure on downstream, by the call: an error notification itself does not tell of which phase it is. */
export function passingOn(failure: Failure | undefined, call: () => void): void {
  const before = passed;
  passed = failure;
  try {
    call();
  } finally {
    passed = before;
  }
}

/** The phase of an error that has just been notified: that of the failure which is being passed on, if that is it. */
export function phaseOf(error: unknown): FailurePhase {
  return passed && passed.error === error ? passed.phase : 'run';
}
