import { noop, type ObservableInput } from 'rxjs';
import { injectorFor } from './internal/injectorFor.js';
import { noParams, runnerRef } from './internal/runnerRef.js';
import type { RunnerRef, RunnerRefOptions } from './types.js';

export function injectRunner<T>(
  source: ObservableInput<T>,
  options: RunnerRefOptions<T> & { readonly defaultValue: NoInfer<T> },
): RunnerRef<T>;
export function injectRunner<T>(source: ObservableInput<T>, options?: RunnerRefOptions<T>): RunnerRef<T | undefined>;
export function injectRunner<T>(source: ObservableInput<T>, options: RunnerRefOptions<T> = {}): RunnerRef<T> {
  const injector = injectorFor(injectRunner, options.injector);
  return runnerRef<T>(injector, options, noParams, (want) => {
    want({ source, params: noParams() });
    return noop;
  });
}
