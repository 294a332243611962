import type { Injector } from '@angular/core';
import { injectorFor } from './internal/injectorFor.js';
import { RUNNERS } from './internal/runners.js';
import type { RunnerRef } from './types.js';

export function injectRunners(options: { readonly injector?: Injector } = {}): RunnerRef<unknown> {
  return injectorFor(injectRunners, options.injector).get(RUNNERS);
}
