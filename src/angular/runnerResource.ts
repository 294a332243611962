import { computed, effect, untracked } from '@angular/core';
import { runner, type RunContext, type RunResult, type RunValue } from '../index.js';
import { checkFunction } from './internal/check.js';
import { injectorFor } from './internal/injectorFor.js';
import { runnerRef } from './internal/runnerRef.js';
import type { RunnerRef, RunnerRefOptions } from './types.js';

export interface RunnerResourceOptions<P, R extends RunResult> extends RunnerRefOptions<RunValue<R>> {
  readonly params: () => P;
  readonly run: (params: Exclude<P, undefined>, context: RunContext) => R;
}

export function runnerResource<P, R extends RunResult>(
  options: RunnerResourceOptions<P, R> & { readonly defaultValue: NoInfer<RunValue<R>> },
): RunnerRef<RunValue<R>>;
export function runnerResource<P, R extends RunResult>(
  options: RunnerResourceOptions<P, R>,
): RunnerRef<RunValue<R> | undefined>;
export function runnerResource<P, R extends RunResult>(options: RunnerResourceOptions<P, R>): RunnerRef<RunValue<R>> {
  const { run } = options;
  checkFunction('runnerResource', 'params', options.params);
  checkFunction('runnerResource', 'run', run);
  const injector = injectorFor(runnerResource, options.injector);
  const params = computed(options.params);
  return runnerRef<RunValue<R>>(injector, options, params, (want) => {
    const follower = effect(
      () => {
        const given = params();
        untracked(() =>
          want(
            given === undefined
              ? undefined
              : { params: given, source: runner((context) => run(given as Exclude<P, undefined>, context)) },
          ),
        );
      },
      { injector },
    );
    return () => follower.destroy();
  });
}
