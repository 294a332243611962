import { isObservable, type ObservableInput } from 'rxjs';

const methods: readonly PropertyKey[] = ['@@observable', 'then', Symbol.asyncIterator, Symbol.iterator, 'getReader'];

/** Whether `from()` takes it. A string is refused, though it is iterable: nobody means its characters. */
export function isObservableInput(value: unknown): value is ObservableInput<unknown> {
  if (isObservable(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const input = value as Record<PropertyKey, unknown>;
  const { observable } = Symbol as { observable?: symbol };
  if (observable && typeof input[observable] === 'function') return true;
  return methods.some((method) => typeof input[method] === 'function') || typeof input['length'] === 'number';
}
