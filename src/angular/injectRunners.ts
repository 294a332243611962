import type { Injector } from '@angular/core';
import { injectorFor } from './internal/injectorFor.js';
import { RUNNERS } from './internal/runners.js';
import type { RunnerRef } from './types.js';

/**
 * The application's group, that of `provideRunners`, as signals.
 *
 * Its `done` is how a host waits for the drain, also when the application has been destroyed.
 *
 * @example
 * ```ts
 * import type { ApplicationRef } from '@angular/core';
 * import { injectRunners } from 'rx-runner/angular';
 *
 * export async function shutDown(application: ApplicationRef): Promise<void> {
 *   const runners = injectRunners({ injector: application.injector });
 *   application.destroy();
 *   await runners.done;
 * }
 * ```
 * @param options - `injector`: where to look; default: the current injection context
 * @returns one and the same ref for every caller
 * @throws Angular's NG0203 outside of an injection context, and NG0201 where nobody has called `provideRunners`
 * @public
 */
export function injectRunners(options: { readonly injector?: Injector } = {}): RunnerRef<unknown> {
  return injectorFor(injectRunners, options.injector).get(RUNNERS);
}
