import type { Observable, ObservableInput } from 'rxjs';
import { runner } from '../runner.js';
import type { RunFunction } from '../types.js';
import { check, isFunction, isInput, isList } from './check.js';
import { defer, isObservable } from './rxjs.js';

/** Throws for what a group does not take as a member. */
export function checkMember(where: string, label: string | number, input: unknown): void {
  check(
    isFunction(input) || (isInput(input) && !isList(input)),
    where,
    `member ${label}`,
    'a runner, an ObservableInput or a function (of a list, nest a group: `group(...)`)',
    input,
  );
}

/** What a group subscribes to for a member. What is no member fails as one: the others are stopped and awaited. */
export function memberSource(input: unknown, label: string | number): Observable<unknown> {
  if (isObservable(input)) return input;
  return defer(() => {
    checkMember('runGroup', label, input);
    return typeof input === 'function' ? runner(input as RunFunction) : (input as ObservableInput<unknown>);
  });
}
