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
import { group, type GroupOptions, type Member } from '../index.js';
import { checkFunction } from './internal/check.js';
import { noParams, runnerRef } from './internal/runnerRef.js';
import { RUNNERS } from './internal/runners.js';
import type { RunnerRef } from './types.js';

export type RunnerFactories<F> = { readonly [K in keyof F]: () => Member };

export function provideRunners<F extends object & RunnerFactories<F>>(
  factories: F,
  options: GroupOptions<Extract<keyof F, string>> = {},
): EnvironmentProviders {
  const all = Object.entries<() => Member>(factories);
  for (const [name, factory] of all) checkFunction('provideRunners', name, factory);
  const groupOf = (member: (factory: () => Member) => Member): Observable<unknown> =>
    group(
      Object.fromEntries(all.map(([name, factory]) => [name, member(factory)])) as Record<keyof F, Member>,
      options,
    );
  // refuses bad options here, where they stand
  groupOf(() => EMPTY);
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
          return noop;
        });
      },
    },
    provideEnvironmentInitializer(() => {
      inject(RUNNERS);
    }),
  ]);
}
