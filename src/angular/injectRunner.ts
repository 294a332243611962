import type { ObservableInput } from 'rxjs';
import { injectorFor } from './internal/injectorFor.js';
import { noParams, runnerRef } from './internal/runnerRef.js';
import type { RunnerRef, RunnerRefOptions } from './types.js';

/**
 * Runs a runner for as long as its service, component or directive lives, shows it as signals, and can wait for its teardown.
 *
 * Angular destroys synchronously, and waits for nothing: `takeUntilDestroyed` completes while the socket is still open. Here
 * the destruction begins the teardown, `done` says when it is over and how, and as long as the application lives, a teardown in
 * flight is one of its pending tasks: `whenStable()` waits for it, in tests and on a server.
 *
 * It starts at once. `status` goes from `starting` to `ready` (`ready()`, or the first value) to its end, and through `stopping`
 * while it is torn down. Values, errors and lifecycle events set signals, so change detection needs no zone.
 *
 * A failure belongs to whoever reads it: a template that shows `error()`, whoever asked for `done`, or called `stop()`. If nobody
 * has, by the time when the page has been rendered next, Angular's `ErrorHandler` is told of it; at once if the injector has
 * been destroyed, or the next run begins.
 *
 * @example
 * ```ts
 * import { withResource } from 'rx-runner';
 * import { injectRunner, type RunnerRef } from 'rx-runner/angular';
 * import { fromEvent, map } from 'rxjs';
 *
 * const prices = withResource({
 *   acquire: () => new WebSocket('wss://example.com/prices'),
 *   use: (socket) => fromEvent<MessageEvent<string>>(socket, 'message').pipe(map(({ data }) => data)),
 *   release: (socket) =>
 *     new Promise<void>((resolve) => {
 *       socket.addEventListener('close', () => resolve());
 *       socket.close();
 *     }),
 * });
 *
 * export class PriceComponent {
 *   readonly prices: RunnerRef<string | undefined> = injectRunner(prices);
 * }
 * ```
 * @param source - a runner, a group, any `ObservableInput`
 * @param options - `defaultValue`, `injector`, `lifecycle`
 * @returns the run, as signals
 * @throws Angular's NG0203 outside of an injection context, where no `injector` is given; TypeError for what is no source
 * @public
 */
export function injectRunner<T>(
  source: ObservableInput<T>,
  options: RunnerRefOptions<T> & { readonly defaultValue: NoInfer<T> },
): RunnerRef<T>;
/**
 * Runs a runner for as long as its service, component or directive lives; `value` is undefined until the first value.
 *
 * @public
 */
export function injectRunner<T>(source: ObservableInput<T>, options?: RunnerRefOptions<T>): RunnerRef<T | undefined>;
export function injectRunner<T>(source: ObservableInput<T>, options: RunnerRefOptions<T> = {}): RunnerRef<T> {
  const injector = injectorFor(injectRunner, options.injector);
  return runnerRef<T>(injector, options, noParams, (want) => {
    want({ source, params: noParams() });
  });
}
