import { assertInInjectionContext, inject, Injector } from '@angular/core';

/** The given injector, or that of the injection context; outside of one Angular's own error tells which function was called. */
export function injectorFor(where: (...args: never[]) => unknown, injector: Injector | undefined): Injector {
  if (injector) return injector;
  assertInInjectionContext(where);
  return inject(Injector);
}
