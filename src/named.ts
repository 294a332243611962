import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { ambient } from './internal/ambient.js';
import { invalid } from './internal/invalid.js';

export function named<T>(name: string): MonoTypeOperatorFunction<T> {
  if (typeof name !== 'string' || name === '') throw invalid('named', 'the name', 'a string that is not empty', name);
  return (source) =>
    new Observable<T>((subscriber) => {
      ambient.scope?.member?.suggestName(name);
      source.subscribe(subscriber);
    });
}
