import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { checkGrace } from './internal/checkGrace.js';
import { SourceOwner } from './internal/sourceOwner.js';
import type { GraceOptions } from './types.js';

export function settle<T>(options: GraceOptions = {}): MonoTypeOperatorFunction<T> {
  const { grace } = checkGrace('settle', options);
  return (source) =>
    new Observable<T>((subscriber) => {
      new SourceOwner<T>(subscriber, grace).run(source);
    });
}
