import { InjectionToken } from '@angular/core';
import type { RunnerRef } from '../types.js';

/** The application's group; its description is what Angular says where nobody has provided it. */
export const RUNNERS: InjectionToken<RunnerRef<unknown>> = /* @__PURE__ */ new InjectionToken<RunnerRef<unknown>>(
  'provideRunners()',
);
