import { from, throwError, type Observable } from 'rxjs';
import { runner } from '../runner.js';
import type { RunFunction } from '../types.js';
import { invalid } from './invalid.js';
import { isObservableInput } from './observableInput.js';

/** Whether a group takes it as a member. */
export function isMember(input: unknown): boolean {
  return typeof input === 'function' || isObservableInput(input);
}

/** The error for what a group does not take as a member. */
export function invalidMember(where: string, label: string | number, input: unknown): TypeError {
  return invalid(where, `member ${label}`, 'a runner, an ObservableInput or a run function', input);
}

/** What a group subscribes to for a member. What is no member fails as one, so that the others are stopped and awaited. */
export function memberSource(input: unknown, label: string | number): Observable<unknown> {
  if (typeof input === 'function') return runner(input as RunFunction);
  return isObservableInput(input) ? from(input) : throwError(() => invalidMember('runGroup', label, input));
}
