import {
  ApplicationInitStatus,
  EnvironmentInjector,
  inject,
  makeEnvironmentProviders,
  provideEnvironmentInitializer,
  runInInjectionContext,
  type EnvironmentProviders,
} from '@angular/core';
import { defer, EMPTY, noop, type Observable } from 'rxjs';
import { group, type Member, type RecordOptions } from '../index.js';
import { checkFunction } from './internal/checkFunction.js';
import { noParams, runnerRef } from './internal/runnerRef.js';
import { RUNNERS } from './internal/runners.js';
import type { RunnerRef } from './types.js';

/**
 * What makes the members of the application's group: each is called in an injection context.
 *
 * @public
 */
export type RunnerFactories<F> = { readonly [K in keyof F]: () => Member };

/**
 * Runs a group for as long as the application lives: started at its bootstrap, drained when it is destroyed.
 *
 * The group begins when the initializers of the application have ended, before the first component. Each factory is
 * called then, and again for every `restart()`, and may `inject`. The group is that of `group`, with all its options: by default
 * the first member that ends stops the others. What it fails with goes to the `ErrorHandler`, unless somebody reads it from
 * `injectRunners()`. The drain begins with the destruction of the application; Angular does not wait for it, `injectRunners().done`
 * does.
 *
 * In the providers of a route it is the group of that route's injector. One injector has one group: as with every provider, a
 * second call replaces the first.
 *
 * @example
 * ```ts
 * import { inject, type ApplicationConfig } from '@angular/core';
 * import { runner } from 'rx-runner';
 * import { provideRunners } from 'rx-runner/angular';
 * import { interval } from 'rxjs';
 *
 * class SyncService {
 *   readonly runner = runner({ run: () => interval(1_000), teardown: async () => this.flush() });
 *   private async flush(): Promise<void> {}
 * }
 *
 * export const config: ApplicationConfig = {
 *   providers: [SyncService, provideRunners({ sync: () => inject(SyncService).runner }, { grace: 5_000 })],
 * };
 * ```
 * @param factories - a record; its keys are the names of the members
 * @param options - those of `group`
 * @returns providers for `bootstrapApplication`, an environment injector, or a route
 * @throws TypeError at once for a factory that is no function, or an option that `group` refuses
 * @public
 */
export function provideRunners<F extends object & RunnerFactories<F>>(
  factories: F,
  options: RecordOptions<Extract<keyof F, string>, boolean> = {},
): EnvironmentProviders {
  const all = Object.entries<() => Member>(factories);
  for (const [name, factory] of all) checkFunction('provideRunners', name, factory);
  const groupOf = (member: (factory: () => Member) => Member): Observable<unknown> =>
    group(Object.fromEntries(all.map(([name, factory]) => [name, member(factory)])), options as RecordOptions);
  // refuses bad options here, where they stand
  void groupOf(() => EMPTY);
  return makeEnvironmentProviders([
    {
      provide: RUNNERS,
      useFactory: (): RunnerRef<unknown> => {
        const injector = inject(EnvironmentInjector);
        const { donePromise } = inject(ApplicationInitStatus);
        const source = defer(() => groupOf((factory) => runInInjectionContext(injector, factory)));
        return runnerRef(injector, {}, noParams, (want) => {
          // an initializer that fails is the application's to report: there is no bootstrap then
          donePromise.then(() => want({ source, params: noParams() }), noop);
        });
      },
    },
    provideEnvironmentInitializer(() => {
      inject(RUNNERS);
    }),
  ]);
}
