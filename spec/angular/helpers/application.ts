import {
  ApplicationRef,
  Component,
  ErrorHandler,
  provideZoneChangeDetection,
  provideZonelessChangeDetection,
  type EnvironmentProviders,
  type Type,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterReports } from '../../helpers/unhandled.js';

/** How applications learn of changes in this lane. */
export function changeDetection(): EnvironmentProviders {
  return 'Zone' in globalThis ? provideZoneChangeDetection() : provideZonelessChangeDetection();
}

/** What Angular's `ErrorHandler` is told from now on. */
export function handled(): unknown[] {
  const errors: unknown[] = [];
  TestBed.configureTestingModule({ providers: [collectErrors(errors)] });
  return errors;
}

/** An `ErrorHandler` that keeps what it is told. */
export function collectErrors(errors: unknown[]): { provide: typeof ErrorHandler; useValue: ErrorHandler } {
  return { provide: ErrorHandler, useValue: { handleError: (error: unknown) => errors.push(error) } };
}

/** When all has been rendered, and nothing is pending. */
export async function stable(application: ApplicationRef = TestBed.inject(ApplicationRef)): Promise<void> {
  await application.whenStable();
  // whoever else waits for it knows by then
  await afterReports();
}

/** Whether the application has become stable. */
export function stability(): { readonly reached: boolean } {
  const state = { reached: false };
  void TestBed.inject(ApplicationRef)
    .whenStable()
    .then(() => (state.reached = true));
  return state;
}

/** A component of the class; decorators are no syntax of the TypeScript that the specs are written in. */
export function component<C>(template: string, of: Type<C>): Type<C> {
  Component({ selector: 'spec-host', template })(of);
  return of;
}

/** Calls `fn` in the injection context of the test's application. */
export function inApplication<R>(fn: () => R): R {
  return TestBed.runInInjectionContext(fn);
}
