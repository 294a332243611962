import { computed, effect } from '@angular/core';
import { runner, type RunContext, type RunResult, type RunValue } from '../index.js';
import { checkFunction } from './internal/checkFunction.js';
import { injectorFor } from './internal/injectorFor.js';
import { runnerRef } from './internal/runnerRef.js';
import type { RunnerRef, RunnerRefOptions } from './types.js';

/**
 * What a `runnerResource` runs, and for what.
 *
 * @public
 */
export interface RunnerResourceOptions<P, R extends RunResult> extends RunnerRefOptions<RunValue<R>> {
  /** What to run with; the signals in it are followed. While it is undefined, nothing runs. */
  readonly params: () => P;
  /** The run for these params: what `runner` takes. What it returns is stopped, and waited for, when the params change. */
  readonly run: (params: Exclude<P, undefined>, context: RunContext) => R;
}

/**
 * Runs with params that may change: as `rxResource`, but what ran before is stopped, and its teardown awaited, before the next
 * run begins.
 *
 * So two runs are never alive at once: the consumer of one room has left it before the consumer of the next one enters. Of
 * params that come during a teardown the latest count. Value and error are always those of the current params: with new ones `value`
 * is the default value at once, and `error` undefined. With undefined params nothing runs, and the status is `idle`. The
 * failure of a teardown that made way for other params goes to the `ErrorHandler`, and the next run begins.
 *
 * `params` is read by an effect, as that of `rxResource`: in a component the first run begins with its first change detection.
 * What `run` reads is not followed. If `params` throws, so do `value` and `error`, and what runs goes on. Otherwise see
 * `injectRunner`.
 *
 * @example
 * ```ts
 * import { signal } from '@angular/core';
 * import { runner } from 'rx-runner';
 * import { runnerResource, type RunnerRef } from 'rx-runner/angular';
 * import { interval, map } from 'rxjs';
 *
 * const join = (room: string) =>
 *   runner({ run: () => interval(1_000).pipe(map((i) => `${room} ${i}`)), teardown: async () => console.log('left', room) });
 *
 * export class RoomComponent {
 *   readonly room = signal<string | undefined>(undefined);
 *   readonly messages: RunnerRef<string> = runnerResource({
 *     params: () => this.room(),
 *     run: (room) => join(room),
 *     defaultValue: '',
 *   });
 * }
 * ```
 * @param options - `params`, `run`; `defaultValue`, `injector`, `lifecycle`
 * @returns the current run, as signals
 * @throws Angular's NG0203 outside of an injection context, where no `injector` is given; TypeError if `params` or `run` is no
 * function
 * @see Angular's `rxResource`, for `params`
 * @public
 */
export function runnerResource<P, R extends RunResult>(
  options: RunnerResourceOptions<P, R> & { readonly defaultValue: NoInfer<RunValue<R>> },
): RunnerRef<RunValue<R>>;
/**
 * Runs with params that may change; `value` is undefined until the first value.
 *
 * @public
 */
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
        const source = runner((context) => run(given as Exclude<P, undefined>, context));
        want(given === undefined ? undefined : { source, params: given });
      },
      { injector },
    );
    return () => follower.destroy();
  });
}
