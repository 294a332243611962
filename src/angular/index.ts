export { hidden } from './hidden.js';
export { injectRunner } from './injectRunner.js';
export { injectRunners } from './injectRunners.js';
export { offline } from './offline.js';
export { pageHide } from './pageHide.js';
export { provideRunners, type RunnerFactories } from './provideRunners.js';
export { runnerResource, type RunnerResourceOptions } from './runnerResource.js';
export type * from './types.js';
