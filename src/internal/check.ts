import type { ObservableInput } from 'rxjs';
import type { GraceOptions, LifecycleObserver } from '../types.js';
import { show } from './show.js';
import { EMPTY, from, observable } from './rxjs.js';

/** Throws for a bad option: which one, what it has to be, and what it was. */
export function check(valid: unknown, where: string, option: string, expected: string, value: unknown): void {
  if (!valid) throw new TypeError(`${where}: ${option} must be ${expected}, got ${show(value)}`);
}

export function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** Checks options that are all to be functions. */
export function checkFunctions(where: string, options: object): void {
  for (const [option, value] of Object.entries(options))
    check(isFunction(value), where, `'${option}'`, 'a function', value);
}

/** Checks options that are all to be numbers, or left out. */
export function checkNumbers(where: string, options: object, least = 0): void {
  for (const [option, value] of Object.entries(options))
    check(
      value === undefined || (typeof value === 'number' && value >= least),
      where,
      `'${option}'`,
      `${least} or more`,
      value,
    );
}

/** Whether it is a whole number, or no limit at all. */
export function isCount(value: unknown, least: number): boolean {
  return (Number.isInteger(value) || value === Infinity) && (value as number) >= least;
}

/** Checks the one option that every owner has. */
export function checkGrace<O extends GraceOptions>(where: string, options: O): O {
  const { grace = 0 } = options as { grace?: unknown };
  checkDelay(where, "'grace'", grace);
  return options;
}

/** Checks what is to be waited for. */
export function checkDelay(where: string, option: string, value: unknown): void {
  const valid = typeof value === 'number' ? value >= 0 : isInput(value);
  check(valid, where, option, 'milliseconds (0 or more) or an ObservableInput', value);
}

export function checkLifecycle(where: string, lifecycle: LifecycleObserver | undefined): void {
  const { next } = lifecycle ?? { next: check };
  check(isFunction(next), where, "'lifecycle'", 'an observer', lifecycle);
}

/** Whether `from()` takes it; not a string, though it is iterable: nobody means its characters. */
export function isInput(value: unknown): value is ObservableInput<unknown> {
  try {
    void from(value as ObservableInput<unknown>);
    return typeof value !== 'string';
  } catch {
    return false;
  }
}

/** Whether of an `ObservableInput` RxJS would but take the elements, of an array or a set, say. */
export function isList(input: ObservableInput<unknown>): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- RxJS 7 asks for this key, whatever was polyfilled when
  if (observable in input) return false;
  if (typeof (input as ArrayLike<unknown>).length === 'number') return true;
  return Symbol.iterator in input && !('then' in input) && !(Symbol.asyncIterator in input);
}

export function isPromise<A>(value: A | PromiseLike<A>): value is PromiseLike<A> {
  return isFunction((Object(value) as { then?: unknown }).then);
}

/** Whether a promise that brings it stands for it: an Observable, an async iterable, a stream; a list is a value. */
export function isRunnable(value: unknown): value is ObservableInput<unknown> {
  return Object(value) === value && isInput(value) && !isList(value);
}

/** Throws for what nobody can wait for, though it goes on: `() => server.close()` returns the server. */
export function checkWork(where: string, result: unknown): void {
  const { on, close, end } = Object(result) as Record<string, unknown>;
  const goesOn = isFunction(on) && (isFunction(close) || isFunction(end)) && !isPromise(result);
  check(!goesOn, where, 'what it returns', 'a promise of its end, or nothing (write braces)', result);
}

/** What a function of the user returned, to be subscribed to: nothing is empty. */
export function inputOf(result: unknown, where: string, what: string): ObservableInput<unknown> {
  check(result === undefined || isInput(result), where, what, 'an ObservableInput or nothing', result);
  return (result ?? EMPTY) as ObservableInput<unknown>;
}
